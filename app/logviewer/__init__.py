"""The xlog viewer: xlog.reader behind Qt models; works alone with phobos viewer."""
