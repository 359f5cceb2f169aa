"""The wire messages: the sample chat's and Phobos's own. The *_pb2 files are generated."""
