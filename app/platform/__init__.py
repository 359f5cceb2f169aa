"""OS signals in, notifications out, behind one interface; one module an operating system."""
