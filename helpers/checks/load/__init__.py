"""How fast an endpoint is, alone and under load: one asyncio process on the raw path.

shape     how requests are spread over time                prompts   what is asked
budget    what a load may use at most
loading   one load: requests sent, samples kept            meter     what our own process was doing
sample    one request as figures                           figures   percentiles, rates and goodput
speed     one load after another, and the capacity         plan      which loads, and the limits
deeper    by depth of context, with and without its cache  own_error the kit's error, by stamps
capacity  the loads that were too much                     curve     what the loads show
answer    the result for a person, in plain words          findings  what is red, what is unclear
remarks   whatever else is worth knowing                   workers   one load sent by many
baseline  comparison with an earlier run                   exports   JSON and JSON lines
"""
