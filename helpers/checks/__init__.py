"""The checks: each one asks an endpoint, keeps the exchanges and returns findings.

ask           does it answer?                   connect/      where is it, and what does it need?
stream        is it really streaming?           conformance/  what does it really support?
load/         how fast is it, and under load?   compare/      which server, which model?
replay        what exactly did it say then?     chat/         what is it like to work with?
batch/        what does it say to thousands?    sweep/        what do parameters change?
clients/      which programs will work with it? watch/        what do my programs really send?

closer_look   a stream's fault looked into: other routes to the server (routes), and whether Stop
              stops it (stopping)
prompt_file/  a file of prompts                 cluster       work spread over several processes
json_schema   where a value violates a schema     (cluster_worker runs in each of them)
ratio         two measurements compared         logprobs      how sure a model was, and whether its
                                                probabilities can be right
"""
