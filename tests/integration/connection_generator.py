"""Listeners and connections made by chance: filter chains, listener filters, hand-off.

Every filter chain leads by a tcp_proxy to a cluster of its own, whose endpoint says its name.
"""

import socket
import ssl

import configuration as c

FILTERS = "extensions.filters.listener"
NAMES = ["a.test", "x.a.test", "b.test", "*.a.test", "*.test", "*.x.a.test"]
SNI = [None, "a.test", "x.a.test", "y.x.a.test", "b.test", "B.Test", "q.test", "other.example"]
PROTOCOLS = ["h2", "http/1.1", "http/1.0", "h2c", "istio"]
DESTINATIONS = ["127.0.0.1", "127.0.0.2", "127.1.0.1", "127.1.1.1"]
SOURCES = ["127.0.0.1", "127.0.0.9", "127.1.0.1", "127.1.1.7"]
RANGES = [("127.0.0.0", 8), ("127.0.0.0", 24), ("127.1.0.0", 16), ("127.1.1.0", 24),
          ("127.0.0.2", 32), ("10.0.0.0", 8), ("0.0.0.0", 0), ("::", 0)]
CHAINS = 8  # at most, in a listener


def own_address():
    """An address of this machine that is not loopback, or None: connections from it are external."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return None


def ranges(chance, most=2):
    chosen = chance.sample(RANGES[:-2] if chance.random() < 0.9 else RANGES,
                           chance.randrange(1, most + 1))
    return [{"address_prefix": address, "prefix_len": length} for address, length in chosen]


def chain_match(chance, ports):
    """A FilterChainMatch; every criterion is there with some probability."""
    match = {}
    if chance.random() < 0.25:
        match["destination_port"] = chance.choice(ports)
    for field, how_often in (("prefix_ranges", 0.3), ("direct_source_prefix_ranges", 0.12),
                             ("source_prefix_ranges", 0.25)):
        if chance.random() < how_often:
            match[field] = ranges(chance)
    if chance.random() < 0.35:
        match["server_names"] = chance.sample(NAMES, chance.choice([1, 1, 2]))
    if chance.random() < 0.4:
        match["transport_protocol"] = chance.choice(["tls", "raw_buffer"])
    if chance.random() < 0.35:
        match["application_protocols"] = chance.sample(PROTOCOLS, chance.choice([1, 1, 2]))
    if chance.random() < 0.2:
        match["source_type"] = chance.choice(["SAME_IP_OR_LOOPBACK", "EXTERNAL"])
    if chance.random() < 0.15:
        match["source_ports"] = chance.sample([20001, 20002, 20003], chance.choice([1, 2]))
    return match


def predicate(chance, ports, depth=0):
    """A ListenerFilterChainMatchPredicate."""
    kind = chance.choice(["any", "port", "port", "or", "and", "not"] if depth < 2 else ["port"])
    if kind == "any":
        return {"any_match": True}
    if kind == "not":
        return {"not_match": predicate(chance, ports, depth + 1)}
    if kind in ("or", "and"):
        return {f"{kind}_match": {"rules": [predicate(chance, ports, depth + 1) for _ in range(2)]}}
    start = chance.choice(ports)
    return {"destination_port_range": {"start": start, "end": start + 1}}


def listener_filter(name, message, **fields):
    return {"name": f"envoy.filters.listener.{name}",
            "typed_config": {"@type": f"{c.ENVOY}.{FILTERS}.{name}.v3.{message}"}, **fields}


def listener_filters(chance, ports):
    chosen = []
    for name, message, how_often in (("tls_inspector", "TlsInspector", 0.85),
                                     ("http_inspector", "HttpInspector", 0.5)):
        if chance.random() < how_often:
            disabled = ({"filter_disabled": predicate(chance, ports)} if chance.random() < 0.25
                        else {})
            chosen.append(listener_filter(name, message, **disabled))
    if chance.random() < 0.15:
        chosen.reverse()
    return chosen


def overlap(one, other):
    """Whether Envoy would refuse two chains with these criteria, or not say which it takes."""
    def values(match, key):
        found = match.get(key)
        if key in ("prefix_ranges", "direct_source_prefix_ranges", "source_prefix_ranges"):
            every = {("0.0.0.0", 0), ("::", 0)}
            return {(r["address_prefix"], r["prefix_len"]) for r in found} if found else every
        return set(found) if isinstance(found, list) else {found}

    keys = set(one) | set(other)
    return all(values(one, key) & values(other, key) for key in keys)


def ambiguous(chains):
    """A range of everything beside no range at all: which of the two Envoy takes is not defined."""
    for field in ("prefix_ranges", "direct_source_prefix_ranges", "source_prefix_ranges"):
        given = [chain["filter_chain_match"].get(field) for chain in chains]
        if None in given and any(r["prefix_len"] == 0 for ranges_ in given if ranges_
                                 for r in ranges_):
            return True
    return False


def compatible(candidates):
    """Those that Envoy takes together."""
    made = []
    for one in candidates:
        match = one["filter_chain_match"]
        if not any(overlap(match, other["filter_chain_match"]) for other in made) and (
                not ambiguous([*made, one])):
            made.append(one)
    return made


def chains(chance, ports):
    names = [f"chain{number}" for number in range(chance.randrange(1, CHAINS))]
    return compatible([{"name": name, "filter_chain_match": chain_match(chance, ports),
                        "filters": [c.tcp_filter(name)]} for name in names])


def listener(chance, name, address, ports):
    made = {"name": name, "address": address, "listener_filters": listener_filters(chance, ports),
            "filter_chains": chains(chance, ports)}
    if chance.random() < 0.35:
        made["default_filter_chain"] = {"name": "default", "filters": [c.tcp_filter("default")]}
    return made


def client_hello(sni, alpn):
    """What a TLS client sends first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(alpn)
    sent = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=sni).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return sent.read()


def connection(chance, external):
    """A connection as xdscope is told of it, without where it goes."""
    made = {"source": chance.choice(SOURCES)}
    if external and chance.random() < 0.3:
        made["source"] = external
    if chance.random() < 0.3:
        made["source_port"] = chance.choice([20001, 20002, 20003])
    if chance.random() < 0.6:
        made["tls"] = True
        if sni := chance.choice(SNI):
            made["sni"] = sni
        made["alpn"] = chance.sample(PROTOCOLS, chance.choice([0, 1, 2]))
    else:
        made["tls"] = False
        made["protocol"] = chance.choice(["HTTP/1.0", "HTTP/1.1", "HTTP/2"])
    return made


def first_bytes(made):
    if made["tls"]:
        return client_hello(made.get("sni"), made["alpn"])
    if made["protocol"] == "HTTP/2":
        return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
    return f"GET / {made['protocol']}\r\nhost: h\r\n\r\n".encode()
