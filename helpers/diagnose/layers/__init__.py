"""The layers of a connection, each as a sentence.

reaching  below TLS: the name, each address, the port, a proxy
speaking  what the port speaks: TLS and its certificate, HTTP, or something else
serving   above HTTP: the path, the key, the models, the answers
"""
