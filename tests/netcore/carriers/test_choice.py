"""The order in which carriers take part in a race, and what races teach."""

from netcore.carriers.choice import NETWORKS, REMEMBERED, CarrierChoice
from netcore.connect.endpoint import AddressSource, Carrier, Endpoint

ONE = Endpoint("192.0.2.1", 8081, "im.example", AddressSource.DNS)
OTHER_PORT = Endpoint("192.0.2.1", 8082, "im.example", AddressSource.DNS)
TWO = Endpoint("192.0.2.2", 8081, "im.example", AddressSource.BACKUP)
THREE = Endpoint("2001:db8::3", 8081, "im.example", AddressSource.BACKUP)


def order(choice, endpoints, now=0.0, network="home", port=443):
    return [each.label for each in choice.long_link(endpoints, port, now, network)]


def test_on_an_unknown_network_the_websocket_comes_after_the_first_address():
    assert order(CarrierChoice(), [ONE, TWO]) == [
        "192.0.2.1:8081",
        "192.0.2.1:443 (websocket)",
        "192.0.2.2:443 (websocket)",
        "192.0.2.2:8081",
    ]


def test_an_address_is_tried_once_by_websocket_and_two_at_most():
    found = order(CarrierChoice(), [ONE, OTHER_PORT, TWO, THREE])
    assert [each for each in found if "websocket" in each] == [
        "192.0.2.1:443 (websocket)",
        "192.0.2.2:443 (websocket)",
    ]


def test_the_host_and_source_stay():
    layered = CarrierChoice().long_link([ONE], 443, 0.0, "home")[1]
    assert layered == Endpoint("192.0.2.1", 443, "im.example", AddressSource.DNS, Carrier.WEBSOCKET)


def test_where_tcp_won_the_websocket_comes_last():
    choice = CarrierChoice()
    choice.won(Carrier.TCP, 0.0, "home")
    assert order(choice, [ONE, TWO], now=10.0)[:2] == ["192.0.2.1:8081", "192.0.2.2:8081"]


def test_where_the_websocket_won_it_comes_first_for_twenty_minutes():
    choice = CarrierChoice()
    choice.won(Carrier.WEBSOCKET, 0.0, "office")
    assert order(choice, [ONE], now=1.0, network="office")[0] == "192.0.2.1:8081"
    choice.won(Carrier.WEBSOCKET, 0.0, "office")
    first = "192.0.2.1:443 (websocket)"
    assert order(choice, [ONE], now=REMEMBERED, network="office")[0] == first
    assert order(choice, [ONE], now=REMEMBERED + 1, network="office")[0] == "192.0.2.1:8081"
    assert order(choice, [ONE], now=1.0, network="home")[0] == "192.0.2.1:8081"


def test_a_win_of_tcp_between_two_of_the_websocket_counts():
    choice = CarrierChoice()
    for carrier in (Carrier.WEBSOCKET, Carrier.TCP, Carrier.WEBSOCKET):
        choice.won(carrier, 0.0, "home")
    assert order(choice, [ONE], now=1.0)[0] == "192.0.2.1:8081"


def test_a_server_without_websocket_is_not_asked_again_for_twenty_minutes():
    choice = CarrierChoice()
    choice.refused(0.0)
    assert order(choice, [ONE], now=REMEMBERED - 1) == ["192.0.2.1:8081"]
    assert len(order(choice, [ONE], now=REMEMBERED)) == 2


def test_switched_off_or_without_a_short_link_there_is_tcp_alone():
    assert order(CarrierChoice(websocket=False), [ONE]) == ["192.0.2.1:8081"]
    assert order(CarrierChoice(), [ONE], port=0) == ["192.0.2.1:8081"]


def test_a_debug_address_is_left_as_it_is():
    debug = Endpoint("127.0.0.1", 8081, "im.example", AddressSource.DEBUG)
    assert order(CarrierChoice(), [debug]) == ["127.0.0.1:8081"]


def test_the_latest_networks_are_remembered_and_no_more():
    choice = CarrierChoice()
    for number in range(NETWORKS + 1):
        choice.won(Carrier.WEBSOCKET, 0.0, f"cafe {number}")
        choice.won(Carrier.WEBSOCKET, 0.0, f"cafe {number}")
    assert order(choice, [ONE], network="cafe 0")[0] == "192.0.2.1:8081"
    assert order(choice, [ONE], network="cafe 1")[0].endswith("(websocket)")
