"""Where is it, and what does it need? Every layer from what was pasted to the first answer.

walk      the layers one after the other, as they are looked at
probing   small requests that cost nothing, and what answers them
known     what is known so far: each layer reads it and adds to it
pasted    the address in a curl command, a line of settings, a sentence
names     the address and its name            ports     each address, containers, usual ports
proxies   whether one is in force, and helps   security  TLS, and which store of authorities works
greeting  the first answer of the port         paths     where the API lies below the host
key       none, any, or a real one             models    the list, and the name that was given
answers   one tiny completion, twice           surfaces  which APIs are there
spellings the one address, as programs want it
"""
