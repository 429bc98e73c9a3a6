"""How a message becomes a plan, the plan a result, the result a reply."""
