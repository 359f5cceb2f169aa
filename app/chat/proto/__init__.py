"""The wire messages: the Mars sample's (proto2) and Phobos's own (proto3); generated, never edited."""
