"""A local Selling Partner API with a world of its own: sellers, buyers, orders, a clock.

It stands in for Amazon in demos and tests. Standard library only; it shares no code with the
portal, so that a misreading of Amazon's rules cannot hide on both sides.
"""
