"""The pod network keeps away from the machine's own."""

from testbed import network


def test_first_range_that_is_free() -> None:
    """A range that overlaps a route is passed over, whichever of the two is the wider."""
    first = network.choose([])
    assert network.choose([first]) != first
    assert network.choose(["10.244.0.0/16"]) != first
    assert network.choose([f"{network.gateway(first)}/32"]) != first


def test_wide_routes_leave_other_ranges() -> None:
    """A machine that uses all of 10.0.0.0/8 gets a range elsewhere."""
    assert not network.choose(["10.0.0.0/8"]).startswith("10.")


def test_gateway_is_the_first_address() -> None:
    """The bridge has the first address of the range."""
    assert network.gateway("10.1.2.0/24") == "10.1.2.1"
