"""Requests that a trace once got wrong, or easily does: what a real Envoy does with each.

A case is (name, connection manager's fields, request, what Envoy did). The request is its path, or
(method, path, host, headers). What Envoy did is ("forward", cluster, route), or ("reply", code, flags,
details) with the route's name and the Location where they matter.
"""

import configuration as c

FILTERS = "type.googleapis.com/envoy.extensions.filters.http"
TEMPLATE = "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig"


def answer(match, name, status=200, **fields):
    match = {"prefix": match} if isinstance(match, str) else match
    return {"match": match, "name": name, "direct_response": {"status": status}, **fields}


def present(header):
    return {"prefix": "/", "headers": [{"name": header, "present_match": True}]}


def routes(*routes_of_all, **fields):
    """A connection manager whose one virtual host has these routes."""
    return {"route_config": {"name": "r", "virtual_hosts": [
        c.virtual_host("v", ["*"], [*routes_of_all], **fields)]}}


def redirect(match, **fields):
    match = {"prefix": match} if isinstance(match, str) else match
    return {"match": match, "redirect": fields}


def rbac(action, **policies):
    return {"name": "envoy.filters.http.rbac", "typed_config": {
        "@type": f"{FILTERS}.rbac.v3.RBAC", "rules": {"action": action, "policies": policies}}}


def policy(permission):
    return {"permissions": [permission], "principals": [{"any": True}]}


def template(text):
    return {"name": "t", "typed_config": {"@type": TEMPLATE, "path_template": text}}


def with_fields(manager, **fields):
    return {**manager, **fields}


def ignoring_parameters(manager):
    manager["route_config"]["ignore_path_parameters_in_path_matching"] = True
    return manager


def mapper(status, **filters):
    return {"filter": filters, "status_code": status}


def status_is(op, code):
    return {"status_code_filter": {"comparison": {
        "op": op, "value": {"default_value": code, "runtime_key": "none"}}}}


def skipping(source, value, inner, action=None):
    """A filter that is skipped (or chosen) where the input has the value."""
    action = action or {
        "@type": "type.googleapis.com/envoy.extensions.filters.common.matcher.action.v3.SkipFilter"}
    tree = {"input": {"name": "in", "typed_config": source},
            "exact_match_map": {"map": {value: {"action": {"name": "a", "typed_config": action}}}}}
    return {"name": "envoy.filters.http.match_delegate", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.common.matching.v3.ExtensionWithMatcher",
        "xds_matcher": {"matcher_tree": tree}, "extension_config": inner}}


INPUTS = "type.googleapis.com/envoy.type.matcher.v3"
QUERY = {"@type": f"{INPUTS}.HttpRequestQueryParamMatchInput", "query_param": "x"}
HEADER = {"@type": f"{INPUTS}.HttpRequestHeaderMatchInput", "header_name": "x-a"}
DENY_ALL = rbac("DENY", p=policy({"any": True}))
COMPOSITE = {"name": "c", "typed_config": {"@type": f"{FILTERS}.composite.v3.Composite"}}
EXECUTE = {"@type": f"{FILTERS}.composite.v3.ExecuteFilterAction", "typed_config": DENY_ALL}
OK = routes(answer("/", "all"))
PARAMETERS = ignoring_parameters(routes(
    answer({"path": "/a"}, "a"), answer({"path": "/a/b"}, "ab"), answer("/", "all")))
REWRITES = ignoring_parameters(routes(
    redirect({"path": "/a/b"}, prefix_rewrite="/new"), redirect("/p/q", prefix_rewrite="/new"),
    redirect({"path": "/E/b", "case_sensitive": False}, prefix_rewrite="/new"),
    redirect({"safe_regex": {"regex": "/r/.*"}}, prefix_rewrite="/new")))
MARKED = routes(answer(present("x-a"), "a"), answer(present("te"), "te"), answer("/", "all"))
MAPPED = with_fields(routes(c.route("/gone", "missing"), answer("/teapot", "teapot", 418)),
                     local_reply_config={"mappers": [
                         mapper(410, response_flag_filter={"flags": ["NC"]}),
                         mapper(451, **status_is("GE", 418)), mapper(200, **status_is("EQ", 410)),
                         mapper(503, response_flag_filter={})]})
UNDERSCORES = {"common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"}}


def replies(code, route=None, flags="-", details="direct_response", location=None):
    return ("reply", code, flags, details, route, location)


def moved(location):
    return replies(301, location=location)


CASES = [
    # Path parameters, since the releases of 2026-08-26.
    ("parameters go segment by segment", PARAMETERS, "/a;v=1/b?x=1", replies(200, "ab")),
    ("parameters at the end", PARAMETERS, "/a;v=1", replies(200, "a")),
    ("a segment that is all parameter stays as an empty one", PARAMETERS, "/a/;x/b",
     replies(200, "all")),
    ("a dot segment with parameters", with_fields(OK, normalize_path=True,
                                                  path_with_escaped_slashes_action="REJECT_REQUEST"),
     "/a/..;x=1/b", replies(200, "all")),
    ("RBAC sees the path without parameters",
     with_fields(PARAMETERS, http_filters=[
         rbac("DENY", p=policy({"url_path": {"path": {"exact": "/a/b"}}})), c.router()]),
     "/a;x/b", replies(403, "ab", details="rbac_access_denied_matched_policy[p]")),
    ("RBAC sees them where they are not ignored",
     with_fields(OK, http_filters=[
         rbac("DENY", p=policy({"url_path": {"path": {"exact": "/a/b"}}})), c.router()]),
     "/a;x/b", replies(200, "all")),
    ("RBAC's path template without parameters",
     with_fields(PARAMETERS, http_filters=[
         rbac("DENY", p=policy({"uri_template": template("/a/*")})), c.router()]),
     "/a;x/b", replies(403, "ab", details="rbac_access_denied_matched_policy[p]")),
    # prefix_rewrite replaces what the specifier names, where the path begins so.
    ("no prefix to rewrite", REWRITES, "/a;v=1/b?x=1", moved("http://h.test/a;v=1/b?x=1")),
    ("a path is rewritten up to its parameters", REWRITES, "/a/b;x=1", moved("http://h.test/new;x=1")),
    ("a prefix is rewritten up to the parameters", REWRITES, "/p/q/r;x?y",
     moved("http://h.test/new/r;x?y")),
    ("a path in another case is rewritten", REWRITES, "/e/B;z", moved("http://h.test/new;z")),
    ("a regular expression rewrites the whole path", REWRITES, "/r;x/y?z", moved("http://h.test/new?z")),
    # The HTTP/1 codec.
    ("a method that is none", OK, ("FOO", "/", "h.test", []),
     replies(400, flags="DPE", details="http1.codec_error")),
    ("a method in small letters", OK, ("get", "/", "h.test", []),
     replies(400, flags="DPE", details="http1.codec_error")),
    ("custom methods allowed", with_fields(OK, http_protocol_options={"allow_custom_methods": True}),
     ("FOO", "/", "h.test", []), replies(200, "all")),
    ("the absolute form without a path", OK, "http://b.test?x=1",
     replies(404, details="absolute_path_rejected")),
    ("the absolute form's scheme", routes(redirect("/", host_redirect="n.test")),
     ("GET", "http://b.test/a", "h.test", [("x-forwarded-proto", "https")]), moved("http://n.test/a")),
    ("neither a path nor a URL", OK, "a", replies(400, flags="DPE", details="http1.codec_error")),
    ("a URL without a host", OK, "http:///a", replies(400, flags="DPE", details="http1.invalid_url")),
    ("a URL with a fragment for a path", OK, "http://b.test#a",
     replies(400, flags="DPE", details="http1.codec_error")),
    ("an asterisk where it does not belong", OK, "*",
     replies(400, flags="DPE", details="http1.invalid_url")),
    ("an asterisk", OK, ("OPTIONS", "*", "h.test", []),
     replies(404, details="absolute_path_rejected")),
    ("another scheme", OK, "ftp://b.test/a",
     replies(400, flags="DPE", details="http1.invalid_scheme")),
    ("the absolute form refused", with_fields(OK, http_protocol_options={"allow_absolute_url": False}),
     "http://b.test/a", replies(404, details="absolute_path_rejected")),
    ("a host that is none", OK, ("GET", "/", "a^b", []),
     replies(400, flags="DPE", details="http.invalid_authority")),
    ("headers with underscores", with_fields(OK, **UNDERSCORES), ("GET", "/", "h.test", [("x_a", "1")]),
     replies(400, flags="DPE", details="http1.unexpected_underscore")),
    ("Connection takes headers away", MARKED, ("GET", "/", "h.test",
                                               [("x-a", "1"), ("connection", "X-A, close")]),
     replies(200, "all")),
    ("an upgrade's Connection does not", MARKED,
     ("GET", "/", "h.test", [("x-a", "1"), ("connection", "upgrade, x-a"), ("upgrade", "websocket")]),
     replies(403, "a", details="upgrade_failed")),
    ("Connection must not name x-forwarded-proto", OK,
     ("GET", "/", "h.test", [("connection", "x-forwarded-proto")]),
     replies(400, flags="DPE", details="http1.connection_header_rejected")),
    ("Connection names host", OK, ("GET", "/", "h.test", [("connection", "host")]),
     replies(400, details="missing_host_header")),
    ("TE says trailers or nothing", MARKED, ("GET", "/", "h.test", [("te", "gzip")]),
     replies(200, "all")),
    # Headers.
    ("an empty x-forwarded-proto finds no route", OK,
     ("GET", "/", "h.test", [("x-forwarded-proto", "")]),
     replies(404, flags="NR", details="route_not_found")),
    ("an empty repeat adds nothing", routes(redirect("/", host_redirect="n.test")),
     ("GET", "/", "h.test", [("x-forwarded-proto", "HTTPS"), ("x-forwarded-proto", "")]),
     moved("https://n.test/")),
    # Filters.
    ("require_tls redirects without per-route filters",
     with_fields(routes(answer("/", "all"), require_tls="ALL", typed_per_filter_config={
         "envoy.filters.http.rbac": {"@type": f"{FILTERS}.rbac.v3.RBACPerRoute"}}),
                 http_filters=[DENY_ALL, c.router()]),
     "/", replies(403, details="rbac_access_denied_matched_policy[p]")),
    ("a filter skipped by its matcher",
     with_fields(OK, http_filters=[skipping(HEADER, "1", DENY_ALL), c.router()]),
     ("GET", "/", "h.test", [("x-a", "1")]), replies(200, "all")),
    ("a filter not skipped",
     with_fields(OK, http_filters=[skipping(HEADER, "1", DENY_ALL), c.router()]),
     "/", replies(403, "all", details="rbac_access_denied_matched_policy[p]")),
    ("a matcher's query parameter is decoded",
     with_fields(OK, http_filters=[skipping(QUERY, "1", DENY_ALL), c.router()]),
     "/?x=%31", replies(200, "all")),
    ("a matcher's query parameter is decoded, its name too",
     with_fields(OK, http_filters=[skipping(QUERY, "1", DENY_ALL), c.router()]),
     "/?%78=1", replies(200, "all")),
    ("a filter chosen by its matcher",
     with_fields(OK, http_filters=[skipping(HEADER, "1", COMPOSITE, EXECUTE), c.router()]),
     ("GET", "/", "h.test", [("x-a", "1")]),
     replies(403, "all", details="rbac_access_denied_matched_policy[p]")),
    ("no filter chosen",
     with_fields(OK, http_filters=[skipping(HEADER, "1", COMPOSITE, EXECUTE), c.router()]),
     "/", replies(200, "all")),
    # Local replies.
    ("a mapper by flag", MAPPED, "/gone", replies(410, flags="NC", details="cluster_not_found")),
    ("a mapper by status", MAPPED, "/teapot", replies(451, "teapot")),
    ("a mapper by any flag", MAPPED, "/other", replies(503, flags="NR", details="route_not_found")),
    ("a gRPC request gets 200 all the same", MAPPED,
     ("POST", "/gone", "h.test", [("content-type", "application/grpc")]),
     replies(200, flags="NC", details="cluster_not_found")),
    ("a mapper does not see the codec's flag",
     with_fields(OK, local_reply_config={"mappers": [mapper(418, response_flag_filter={})]}),
     ("FOO", "/", "h.test", []), replies(400, flags="DPE", details="http1.codec_error")),
    ("what the codec refuses is no gRPC request",
     OK, ("FOO", "/", "h.test", [("content-type", "application/grpc")]),
     replies(400, flags="DPE", details="http1.codec_error")),
    ("a mapper of what the codec refuses",
     with_fields(OK, local_reply_config={"mappers": [mapper(418, **status_is("EQ", 400))]}),
     ("FOO", "/", "h.test", []), replies(418, flags="DPE", details="http1.codec_error")),
]
