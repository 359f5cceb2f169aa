"""How a NetCore works inside: tasks, policies, routing, results, platform signals."""
