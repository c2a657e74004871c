"""Cases as in trace_cases.py: what filters, upgrades and the connection manager's extensions do.

Those that reach the upstream also say what it sees: {"path": …, "host": …, headers that are there
with their value, and those that are not with None}.
"""

import time

import configuration as c
from tokens import jwks, token
from trace_cases import (COMPOSITE, DENY_ALL, EXECUTE, FILTERS, OK, answer, mapper, policy, present,
                         rbac, replies, routes, skipping, with_fields)

ONE = routes(c.route("/", "one", name="all"))
DENIED = "rbac_access_denied_matched_policy[p]"
TO_ONE = ("forward", "one", "all")
EXTENSIONS = "type.googleapis.com/envoy.extensions.http"


def get(*headers, path="/"):
    return ("GET", path, "h.test", list(headers))


def upgrade(protocol, *headers, connection="Upgrade"):
    return get(("connection", connection), ("upgrade", protocol), *headers)


def http_filter(name, message, **config):
    return {"name": f"envoy.filters.http.{name}",
            "typed_config": {"@type": f"{FILTERS}.{name}.v3.{message}", **config}}


def behind(*filters, manager=ONE, **fields):
    return with_fields(manager, http_filters=[*filters, c.router()], **fields)


def denying(permission):
    return rbac("DENY", p=policy(permission))


def has(header):
    return {"header": {"name": header, "present_match": True}}


def metadata(namespace, *path, **value):
    return {"metadata": {"filter": namespace, "path": [{"key": key} for key in path],
                         "value": value}}


def from_address(address):
    source = {"remote_ip": {"address_prefix": address, "prefix_len": 32}}
    return rbac("DENY", p={"permissions": [{"any": True}], "principals": [source]})


def set_metadata(*entries, **fields):
    return http_filter("set_metadata", "Config", metadata=list(entries), **fields)


def entry(value, **fields):
    return {"metadata_namespace": "n", "value": {"k": value}, **fields}


def early(*mutations):
    kind = f"{EXTENSIONS}.early_header_mutation.header_mutation.v3.HeaderMutation"
    return {"early_header_mutation_extensions": [
        {"name": "m", "typed_config": {"@type": kind, "mutations": list(mutations)}}]}


def append(name, value, action="APPEND_IF_EXISTS_OR_ADD", **fields):
    return {"append": {"header": {"key": name, "value": value}, "append_action": action, **fields}}


def changing(name, value):
    return {"envoy.filters.http.header_mutation": {
        "@type": f"{FILTERS}.header_mutation.v3.HeaderMutationPerRoute", "mutations": {
            "request_mutations": [append(name, value, "OVERWRITE_IF_EXISTS_OR_ADD")]}}}


def detection(kind, **config):
    return {"original_ip_detection_extensions": [
        {"name": "d", "typed_config": {"@type": f"{EXTENSIONS}.original_ip_detection.{kind}", **config}}]}


def abort(**fields):
    return http_filter("fault", "HTTPFault", **fields)


ALWAYS = {"numerator": 100}
BY_HEADER = abort(abort={"header_abort": {}, "percentage": ALWAYS})
ABORT = {"http_status": 503, "percentage": ALWAYS}


def authz(**fields):
    return http_filter("ext_authz", "ExtAuthz", transport_api_version="V3",
                       grpc_service={"envoy_grpc": {"cluster_name": "nowhere"}}, **fields)


TOKEN = token(iss="one", sub="s", exp=int(time.time()) + 10**7, group="g", number=5, yes=True,
              nested={"key": "v"}, list=["x"])
OTHER = token(iss="two", sub="s")
PROVIDER = {"issuer": "one", "local_jwks": jwks()}
SECOND = {"issuer": "two", "local_jwks": jwks()}
CLAIMS = {**PROVIDER, "forward_payload_header": "x-payload", "claim_to_headers": [
    {"header_name": "x-group", "claim_name": "group"},
    {"header_name": "x-number", "claim_name": "number"},
    {"header_name": "x-yes", "claim_name": "yes"},
    {"header_name": "x-key", "claim_name": "nested.key"}]}
FORGED = [("x-group", "forged"), ("x-payload", "forged")]
REQUIRED = {"provider_name": "one"}
REFUSED = replies(401, "all", details="jwt_authn_access_denied")


def jwt(requires, *more, manager=ONE, prefix="/", providers=None, **fields):
    rule = {"match": {"prefix": prefix}, "requires": requires}
    return behind(http_filter("jwt_authn", "JwtAuthentication", rules=[rule],
                              providers=providers or {"one": {**PROVIDER, **fields}}),
                  *more, manager=manager)


def bearer(text, *more):
    return get(("authorization", f"Bearer {text}"), *more)


def forwarding(match="/", **action):
    match = {"prefix": match} if isinstance(match, str) else match
    return {"match": match, "name": "all", "route": {"cluster": "one", **action}}


def adding(*headers, **fields):
    return {"request_headers_to_add": [
        {"header": {"key": key, "value": value}} for key, value in headers], **fields}


def nots(count, predicate):
    for _ in range(count):
        predicate = {"not_matcher": predicate}
    return predicate


HAS_ONE = {"single_predicate": {"input": {"name": "in", "typed_config": {
    "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
    "header_name": "x-a"}}, "value_match": {"exact": "1"}}}
TO_ROUTE = {"action": {"name": "route", "typed_config": {
    "@type": "type.googleapis.com/envoy.config.route.v3.Route", **answer("/", "deep")}}}
DEEP = {"route_config": {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"], "matcher": {
    "matcher_list": {"matchers": [{"predicate": nots(40, HAS_ONE), "on_match": TO_ROUTE}]}}}]}}
MARKED = routes(answer(present("x-a"), "a"), answer("/", "all"))
STRICT = {"http_filters": [http_filter("router", "Router", strict_check_headers=["x-envoy-max-retries"])],
          "internal_address_config": {"cidr_ranges": [{"address_prefix": "127.0.0.0", "prefix_len": 8}]}}

CASES = [
    # Upgrades.
    ("an upgrade that Connection does not name", OK, get(("upgrade", "websocket")),
     replies(200, "all")),
    ("h2c is no upgrade", OK,
     upgrade("h2c", ("http2-settings", "AAMA"), connection="Upgrade, HTTP2-Settings"),
     replies(200, "all")),
    ("h2c's headers go", routes(answer(present("http2-settings"), "settings"),
                                answer(present("connection"), "connection"), answer("/", "all")),
     upgrade("h2c", ("http2-settings", "AAMA"), connection="Upgrade, HTTP2-Settings"),
     replies(200, "all")),
    ("h2c among others is one", OK, upgrade("h2c, websocket"),
     replies(403, "all", details="upgrade_failed")),
    ("an upgrade that is ignored",
     with_fields(OK, http_protocol_options={"ignore_http_11_upgrade": [{"prefix": "TLS/"}]}),
     upgrade("TLS/1.2"), replies(200, "all")),
    ("an upgrade with filters of its own",
     behind(DENY_ALL, upgrade_configs=[{"upgrade_type": "foo", "filters": [c.router()]}]),
     upgrade("foo"), TO_ONE),
    ("an upgrade with filters of its own, and no route",
     behind(DENY_ALL, manager=routes(c.route("/other", "one", name="all")),
            upgrade_configs=[{"upgrade_type": "foo", "filters": [c.router()]}]),
     upgrade("foo"), replies(404, flags="NR", details="route_not_found")),
    # The codec.
    ("too many headers", OK, get(*[(f"x-{number}", "1") for number in range(100)]),
     replies(431, flags="DPE", details="http1.too_many_headers")),
    ("as many headers as may be", OK, get(*[(f"x-{number}", "1") for number in range(99)]),
     replies(200, "all")),
    ("fewer headers allowed", with_fields(OK, common_http_protocol_options={"max_headers_count": 3}),
     get(("x-a", "1"), ("x-b", "1"), ("x-c", "1")), replies(431, flags="DPE", details="http1.too_many_headers")),
    ("headers too large", with_fields(OK, max_request_headers_kb=1), get(("x-a", "a" * 1100)),
     replies(431, flags="DPE", details="http1.headers_too_large")),
    ("what the codec refuses has no path",
     with_fields(OK, local_reply_config={"mappers": [mapper(418, header_filter={"header": {
         "name": ":path", "invert_match": True, "string_match": {"suffix": "1"}}})]}),
     ("FOO", "/", "h.test", []), replies(400, flags="DPE", details="http1.codec_error")),
    # The connection manager.
    ("every request gets a number", routes(answer(present("x-request-id"), "number"),
                                           answer("/", "all")), "/", replies(200, "number")),
    ("a number that is not wanted", with_fields(routes(answer(present("x-request-id"), "number"),
                                                       answer("/", "all")), generate_request_id=False),
     "/", replies(200, "all")),
    ("a header added early", with_fields(MARKED, **early(append("x-a", "1"))), "/", replies(200, "a")),
    ("a header removed early", with_fields(MARKED, **early({"remove": "x-a"})), get(("x-a", "1")),
     replies(200, "all")),
    ("a header made early of another",
     with_fields(routes(answer({"prefix": "/", "headers": [
         {"name": "x-a", "string_match": {"exact": "v-1"}}]}, "a"), answer("/", "all")),
         **early(append("x-a", "v-%REQ(x-b)%"))), get(("x-b", "1")), replies(200, "a")),
    ("how early headers are added",
     with_fields(ONE, **early(append("x-b", "2", "ADD_IF_ABSENT"), append("x-c", "2", "OVERWRITE_IF_EXISTS"),
                              append("x-d", "2", "OVERWRITE_IF_EXISTS_OR_ADD"), append("x-e", "%REQ(no)%"),
                              append("x-f", ""), append("x-g", "", keep_empty_value=True))),
     get(("x-b", "1"), ("x-d", "1")), TO_ONE,
     {"x-b": "1", "x-c": None, "x-d": "2", "x-e": None, "x-f": None, "x-g": ""}),
    ("the client's address is not told",
     with_fields(OK, **detection("custom_header.v3.CustomHeaderConfig", header_name="x-ip",
                                 reject_with_status={"code": "Forbidden"})),
     "/", replies(403, details="rejecting_because_detection_failed")),
    ("the client's address by a header",
     behind(from_address("1.2.3.4"),
            **detection("custom_header.v3.CustomHeaderConfig", header_name="x-ip")),
     get(("x-ip", "1.2.3.4")), replies(403, "all", details=DENIED)),
    ("the client's address before two proxies",
     behind(from_address("1.2.3.4"), **detection("xff.v3.XffConfig", xff_num_trusted_hops=1)),
     get(("x-forwarded-for", "1.2.3.4, 5.6.7.8")), replies(403, "all", details=DENIED)),
    ("too few proxies",
     behind(from_address("1.2.3.4"), **detection("xff.v3.XffConfig", xff_num_trusted_hops=2)),
     get(("x-forwarded-for", "1.2.3.4, 5.6.7.8")), TO_ONE),
    ("the client's address before proxies of known ranges",
     behind(from_address("1.2.3.4"), **detection("xff.v3.XffConfig", xff_trusted_cidrs={"cidrs": [
         {"address_prefix": "127.0.0.0", "prefix_len": 8}, {"address_prefix": "5.0.0.0", "prefix_len": 8}]})),
     get(("x-forwarded-for", "9.9.9.9, 1.2.3.4, 5.6.7.8")), replies(403, "all", details=DENIED)),
    ("headers that the router checks", with_fields(ONE, **STRICT),
     get(("x-envoy-max-retries", "x"), ("x-forwarded-for", "127.0.0.1")),
     replies(400, "all", flags="IH", details="request_headers_failed_strict_check")),
    ("a matcher nested deep", DEEP, get(("x-a", "1")), replies(200, "deep")),
    # Metadata.
    ("metadata is set", behind(set_metadata(entry("v")),
                               denying(metadata("n", "k", string_match={"exact": "v"}))),
     "/", replies(403, "all", details=DENIED)),
    ("metadata is set in the older way",
     behind(set_metadata(metadata_namespace="n", value={"k": "v"}),
            denying(metadata("n", "k", string_match={"exact": "v"}))),
     "/", replies(403, "all", details=DENIED)),
    ("metadata is not overwritten",
     behind(set_metadata(entry("v"), entry("w")),
            denying(metadata("n", "k", string_match={"exact": "w"}))), "/", TO_ONE),
    ("metadata is overwritten",
     behind(set_metadata(entry("v"), entry("w", allow_overwrite=True)),
            denying(metadata("n", "k", string_match={"exact": "w"}))),
     "/", replies(403, "all", details=DENIED)),
    ("a null is present", behind(set_metadata(entry(None)),
                                 denying(metadata("n", "k", present_match=True))),
     "/", replies(403, "all", details=DENIED)),
    ("nothing is no null", behind(set_metadata(entry(1)), denying(metadata("n", "z", null_match={}))),
     "/", TO_ONE),
    # Faults and external authorization.
    ("a fault's percentage by a header", behind(BY_HEADER),
     get(("x-envoy-fault-abort-request", "429"), ("x-envoy-fault-abort-request-percentage", "0")), TO_ONE),
    ("a header asks for a gRPC status", behind(BY_HEADER), get(("x-envoy-fault-abort-grpc-request", "5")),
     replies(200, "all", flags="FI", details="fault_filter_abort")),
    ("no delay asked for", behind(abort(delay={"header_delay": {}, "percentage": ALWAYS}, abort=ABORT)),
     "/", replies(503, "all", flags="FI", details="fault_filter_abort")),
    ("a delay asked for", behind(abort(delay={"header_delay": {}, "percentage": ALWAYS}, abort=ABORT)),
     get(("x-envoy-fault-delay-request", "5")),
     replies(503, "all", flags="DI,FI", details="fault_filter_abort")),
    ("an authorization service that is not there", behind(authz(status_on_error={"code": "ServiceUnavailable"})),
     "/", replies(503, "all", flags="UAEX", details="ext_authz_error")),
    ("denied where authorization is off",
     behind(authz(filter_enabled={"default_value": {"numerator": 0}, "runtime_key": "x"},
                  deny_at_disable={"default_value": True, "runtime_key": "y"})),
     "/", replies(403, "all", flags="UAEX", details="ext_authz_error")),
    ("no faults at a time", behind(abort(abort=ABORT, max_active_faults=0)), "/", TO_ONE),
    ("an opaque origin, whatever the referer",
     behind(http_filter("csrf", "CsrfPolicy", filter_enabled={"default_value": ALWAYS})),
     ("POST", "/", "h.test", [("origin", "null"), ("referer", "http://h.test/x")]),
     replies(403, "all", details="csrf_origin_mismatch")),
    ("gRPC-Web is gRPC to the filters behind",
     behind(http_filter("grpc_web", "GrpcWeb"), denying(
         {"header": {"name": "content-type", "string_match": {"exact": "application/grpc"}}})),
     ("POST", "/", "h.test", [("content-type", "application/grpc-web+proto")]),
     replies(403, "all", details=DENIED)),
    ("gRPC-Web upstream", behind(http_filter("grpc_web", "GrpcWeb")),
     ("POST", "/", "h.test", [("content-type", "application/grpc-web")]), TO_ONE,
     {"content-type": "application/grpc", "te": "trailers"}),
    ("a mapper of all but health checks",
     with_fields(OK, local_reply_config={"mappers": [mapper(418, not_health_check_filter={})]}), "/",
     replies(418, "all")),
    ("headers changed at every level", behind(
        http_filter("header_mutation", "HeaderMutation", mutations={"request_mutations": [
            append("x-a", "own", "OVERWRITE_IF_EXISTS_OR_ADD"), append("x-c", "own")]}),
        manager=routes(c.route("/", "one", name="all", typed_per_filter_config=changing("x-a", "route")),
                       typed_per_filter_config=changing("x-a", "host"))), "/", TO_ONE,
     {"x-a": "host", "x-c": "own"}),
    ("a preflight that names no method",
     with_fields(routes(c.route("/", "one", name="all"), typed_per_filter_config={
         "envoy.filters.http.cors": {"@type": f"{FILTERS}.cors.v3.CorsPolicy",
                                     "allow_origin_string_match": [{"exact": "*"}]}}),
                 http_filters=[http_filter("cors", "Cors"), c.router()]),
     ("OPTIONS", "/", "h.test", [("origin", "a"), ("access-control-request-method", "")]), TO_ONE),
    ("headers changed by a filter",
     behind(http_filter("header_mutation", "HeaderMutation", mutations={
         "request_mutations": [append("x-a", "%REQ(:path)%"), {"remove": "x-b"}]})),
     get(("x-b", "1")), TO_ONE, {"x-a": "/", "x-b": None}),
    # Tokens.
    ("any provider's token will do", jwt({"allow_missing": {}}, providers={"one": PROVIDER, "two": SECOND}),
     bearer(OTHER), TO_ONE),
    ("a bad token though none is needed", jwt({"allow_missing": {}}), bearer("a.b.c"), REFUSED),
    ("a token is not forwarded", jwt(REQUIRED, denying(has("authorization"))), bearer(TOKEN), TO_ONE,
     {"authorization": None}),
    ("a token is forwarded", jwt(REQUIRED, denying(has("authorization")), forward=True), bearer(TOKEN),
     replies(403, "all", details=DENIED)),
    ("claims in headers", jwt(REQUIRED, providers={"one": CLAIMS}), bearer(TOKEN, *FORGED), TO_ONE,
     {"x-group": "g", "x-number": "5", "x-yes": "true", "x-key": "v", "x-payload": TOKEN.split(".")[1]}),
    ("routed by a claim",
     jwt(REQUIRED, providers={"one": {**CLAIMS, "clear_route_cache": True}},
         manager=routes(c.route(present("x-group"), "one", name="group"), c.route("/", "one", name="all"))),
     bearer(TOKEN), ("forward", "one", "group")),
    ("claims forged where no token is needed", jwt(REQUIRED, prefix="/other", providers={"one": CLAIMS}),
     get(*FORGED), TO_ONE, {"x-group": None, "x-payload": None}),
    ("a subject that is not allowed", jwt(REQUIRED, subjects={"exact": "other"}), bearer(TOKEN), REFUSED),
    ("a token that never expires", jwt({"provider_name": "two"}, providers={
        "two": {**SECOND, "require_expiration": True}}), bearer(OTHER), REFUSED),
    ("a token that lives too long", jwt(REQUIRED, max_lifetime="60s"), bearer(TOKEN), REFUSED),
    ("a token in the query", jwt(REQUIRED, from_params=["t"]),
     get(path=f"/?t={TOKEN.replace('.', '%2E')}&x=1"), TO_ONE, {"path": "/?x=1"}),
    ("a token's header in metadata",
     jwt(REQUIRED, denying(metadata("envoy.filters.http.jwt_authn", "h", "alg",
                                    string_match={"exact": "RS256"})), header_in_metadata="h"),
     bearer(TOKEN), replies(403, "all", details=DENIED)),
    # What the upstream sees.
    ("a header by a filter, taken away by the route",
     behind(http_filter("header_mutation", "HeaderMutation", mutations={"request_mutations": [
         append("x-a", "1"), append("x-b", "1")]}),
            manager=routes({**forwarding(), **adding(("x-c", "%REQ(x-b)%")),
                            "request_headers_to_remove": ["x-a"]})), "/", TO_ONE,
     {"x-a": None, "x-b": "1", "x-c": "1"}),
    ("a weighted cluster by a large number", routes({"match": {"prefix": "/"}, "name": "all", "route": {
        "weighted_clusters": {"header_name": "x-w", "clusters": [
            {"name": "one", "weight": 50}, {"name": "two", "weight": 50}]}}}),
     get(("x-w", "18446744073709551615")), TO_ONE),
    ("a weighted cluster by a number with its sign", routes({"match": {"prefix": "/"}, "name": "all", "route": {
        "weighted_clusters": {"header_name": "x-w", "clusters": [
            {"name": "one", "weight": 50}, {"name": "two", "weight": 50}]}}}),
     get(("x-w", "+49")), TO_ONE),
    ("a path by format", routes(forwarding(path_rewrite="/n/%REQ(x-a)%/z")),
     get(("x-a", "1"), path="/p?q=1"), TO_ONE, {"path": "/n/1/z?q=1"}),
    ("a path by the format of what is not there", routes(forwarding(path_rewrite="/n/%REQ(x-a)%/z")),
     "/p?q=1", TO_ONE, {"path": "/n//z?q=1"}),
    ("a host by format", routes(forwarding(host_rewrite="%REQ(x-a)%.test")), get(("x-a", "1")), TO_ONE,
     {"host": "1.test"}),
    ("a host by the format of what is not there", routes(forwarding(host_rewrite="%REQ(x-a)%")), "/", TO_ONE,
     {"host": "-"}),
    ("a host by a header that the route adds",
     routes({**forwarding(host_rewrite_header="x-h", append_x_forwarded_host=True),
             **adding(("x-h", "new.test"), ("x-none", "%REQ(no)%"), ("x-half", "a%REQ(no)%b"))}), "/", TO_ONE,
     {"host": "new.test", "x-forwarded-host": "h.test", "x-none": None, "x-half": "ab"}),
    ("the route's host comes after the weighted cluster's",
     routes({"match": {"prefix": "/"}, "name": "all", "route": {
         "host_rewrite_literal": "route.test", "weighted_clusters": {"clusters": [
             {"name": "one", "weight": 1, "host_rewrite_literal": "entry.test",
              **adding(("x-w", "1"))}]}}}), "/", TO_ONE, {"host": "route.test", "x-w": "1"}),
    ("a redirect's path by format",
     routes({"match": {"prefix": "/"}, "redirect": {"path_rewrite": "/n/%REQ(x-a)%"}}),
     get(("x-a", "1"), path="/p?q=1"), replies(301, location="http://h.test/n/1?q=1")),
    ("formatters", routes({**forwarding(), **adding(
        ("x-1", "%REQ(x-none?:path):3%"), ("x-2", "100%%"), ("x-3", "%REQ(host)%"), ("x-4", "%REQ(:scheme)%"),
        ("x-5", "%REQ(:method)%"))}), "/abcdef", TO_ONE,
     {"x-1": "/ab", "x-2": "100%", "x-3": "h.test", "x-4": "http", "x-5": "GET"}),
    ("a filter chosen by its matcher changes nothing else", behind(skipping(
        {"@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
         "header_name": "x-a"}, "1", COMPOSITE, EXECUTE)), "/", TO_ONE, {"path": "/", "host": "h.test"}),
]
