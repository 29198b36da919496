"""What is asked, and in which order: few requests, each made from the answers before it.

step          one request of the plan; the register of them all, and what they cost
prompts       what is said to the model

chat          the list of models, and every request to chat
embeddings    vectors
tools         one forced call in every way, two at once, and their results sent back
other_apis    text completions, and Anthropic's messages
responses     the Responses API
long_prompts  a code word at each end, to see whether a long prompt is cut
"""

# The order in which the steps are registered is the order in which they are asked.
from . import chat, embeddings, tools, other_apis, responses, long_prompts  # isort: skip

MODULES = (chat, embeddings, tools, other_apis, responses, long_prompts)
