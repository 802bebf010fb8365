"""How hypothesis looks for counterexamples.

Every run of the tests tries the same examples, so that a red test is red again and a green one
stays green. To search further, with new examples each time:

    python -m pytest --hypothesis-profile=search tests/mathematics/test_optimizers.py
"""

from hypothesis import settings

settings.register_profile("fixed", deadline=None, derandomize=True, database=None)
settings.register_profile("search", deadline=None, max_examples=3000, database=None)
settings.load_profile("fixed")
