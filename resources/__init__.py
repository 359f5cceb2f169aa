"""Icons, styles and translations: data only, read through importlib.resources."""
