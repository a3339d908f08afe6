"""What could come next, from where, when and why: candidates, evidence, the list, taste."""
