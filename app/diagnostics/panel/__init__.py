"""The live panel: a model without Qt that events build up, and views that paint it at a pace."""
