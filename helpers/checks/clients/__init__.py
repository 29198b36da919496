"""Which programs will work with it: real clients run on the bytes that an endpoint sent.

readers.toml   the readers: client, way of reading, file, pinned versions
readers/       one small file each, run on its own in its client's environment; not part of the kit
registry       the readers by name
environments   creates their environments in out/clients/, with uv or npm
canaries       the kinds of answers that readers are given, and a good one of each
running        starts one reader and reads its lines
matrix         serves recordings to the readers and compares what each saw with what we see
findings       what a matrix says about the endpoint
tool           a second recording: the same endpoint, offered a tool
breaking       which of it belongs to a check of the conformance report
shipped        the matrix over the wire's demo modes, as a file that is shipped
"""
