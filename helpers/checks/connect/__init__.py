"""Where is it, and what does it need? Every layer from what was pasted to the first answer.

walk      the layers one after another              known     what is known so far
probing   small requests that cost nothing, and how their answers are classified
pasted    the address in a curl command, a line of settings, a sentence
names     the address and its name            ports     each address, containers, usual ports
proxies   whether one is in force, and helps  security  TLS, and which certificate store works
greeting  the first answer of the port        paths     where the API is below the host
key       none, any, or a real one            models    the list, and the name that was given
answers   one tiny completion, twice          surfaces  which APIs exist
spellings the one address, as programs expect it
"""
