"""Route configurations and requests by chance: every matcher, odd hosts and paths.

Hosts, paths and values are drawn from small pools, so that requests often nearly match.
"""

from envoy_binary import VERSION

HOSTS = ["a.test", "b.test", "www.a.test", "x.y.a.test", "a.test.", "c.example", "svc", "10.0.0.1"]
ODD_HOSTS = ["[::1]", "[::1]:80", "a.test:80:80", "a_b.test", "a.test,b.test", ".a.test", "svc.", "x-b.test",
             "*.a.test", "a..test", "user@a.test", "a.test..", "a.test.:80", "a.test/", "%61.test", "a"]
DOMAINS = [*HOSTS, "*.a.test", "*.test", "*-b.test", "svc.*", "a.*", "a.test:80", "b.test:8080",
           "A.TEST:81"]
PATHS = ["/", "/a", "/a/", "/a/b", "/ab", "/A", "/a%2Fb", "/a;v=1", "/item/12", "/item/x",
         "/a/../b", "//a", "/a//b", "/.", "/b?x=1", "/a?x=1&y=2", "/a?x", "/a?x=2&x=1",
         "/a/b/c?y=2", "/img/p.png", "/%61", "/a\\b", "/~u", "/a/b?", "/a?%78=1"]
ODD_PATHS = ["a", "*", "/a#b", "/a?x=1#b", "/%zz", "/a%00b", "/..", "/../a", "/%2e%2e/a", "/a%5Cb", "/a%2f%2Fb",
             "/a%5c..%2fb", "/a/./b", "/a//../b", "/?", "/a?x=/../b//c", "/a;v=1/b?x=1", "/A/B", "///", "/a%",
             "/a/b/../../..", "/item/%31", "http://b.test/a", "http://b.test", "http://b.test:80?x=1", "?",
             "/a?x=1&x=2", "/a?&x", "/a?=1", "/a??x=1", "/a%3Fx=1", "/a+b", "/a%20b", "/a/..;x=1/b", "/a/.;/b", "/a;v=1/b", "/a/%2e%2e;x/b", "/\\a", "/a/%2E", "/%7Eu"]
METHODS = ["GET", "GET", "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PURGE"]
ODD_METHODS = ["FOO", "get", "PROPFIND"]
HEADERS = [("x-a", "1"), ("x-a", "2"), ("x-a", "prefix-1"), ("x-b", ""), ("x-b", "Value"),
           ("x-n", "5"), ("x-n", "-3"), ("x-n", "5a"), ("cookie", "c=1; d=2"), ("cookie", "c=2"),
           ("content-type", "application/grpc"), ("x-forwarded-proto", "https")]
ODD_HEADERS = [("x-forwarded-proto", "http"), ("x-forwarded-proto", "HTTPS"), ("x-forwarded-proto", "ftp"),
               ("x-forwarded-proto", ""), ("x-envoy-internal", "true"), ("x-forwarded-for", "203.0.113.7"),
               ("x-forwarded-for", "203.0.113.7, 10.0.0.9"), ("x-forwarded-for", "nobody"), ("x-a", "1,2"),
               ("x-a", ""), ("x-n", "+5"), ("x-n", "6"), ("x-n", "-5"), ("cookie", 'c="1"'), ("cookie", "d=2;c=1"),
               ("cookie", "c"), ("content-type", "application/grpc+proto"), ("content-type", "application/grpc-web"),
               ("origin", "http://a.test"), ("origin", "http://b.test"), ("origin", "null"),
               ("access-control-request-method", "GET"), ("authorization", "Bearer a.b.c"),
               ("x-envoy-fault-abort-request", "429"), ("x-envoy-fault-abort-grpc-request", "5"),
               ("x-envoy-fault-abort-request-percentage", "0"), ("x-envoy-fault-delay-request", "1"), ("x-envoy-upstream-alt-stat-name", "x"),
               ("connection", "x-a"), ("connection", "x-a, x-forwarded-proto"),
               ("te", "trailers"), ("te", "gzip"), ("x_a", "1"), ("referer", "http://a.test/x")]
# RouteMatch.cookies stands in Envoy since 1.37.
HAS_COOKIES = tuple(map(int, VERSION.split(".")[:2])) >= (1, 37)
# RouteAction.path_rewrite and host_rewrite, too.
HAS_FORMATS = HAS_COOKIES
CLUSTERS = ["one", "two", "three", "missing"]


def string_match(chance):
    kind = chance.choice(["exact", "prefix", "suffix", "contains", "safe_regex"])
    if kind == "safe_regex":
        return {"safe_regex": {"regex": chance.choice(["[0-9]+", ".*1", "prefix-.", "V.*", ".+"])}}
    match = {kind: chance.choice(["1", "2", "prefix-1", "value", "Value", "p"])}
    if chance.random() < 0.3:
        match["ignore_case"] = True
    return match


def header_match(chance):
    match = {"name": chance.choice(["x-a", "x-b", "x-n", ":method", ":authority", ":path", "none"])}
    kind = chance.random()
    if kind < 0.25:
        match["present_match"] = chance.random() < 0.7
    elif kind < 0.4:
        match["range_match"] = {"start": "-5", "end": "6"}
    elif match["name"] == ":method":
        match["string_match"] = {"exact": chance.choice(METHODS)}
    else:
        match["string_match"] = string_match(chance)
    if chance.random() < 0.25:
        match["invert_match"] = True
    if chance.random() < 0.15:
        match["treat_missing_header_as_empty"] = True
    return match


def path_match(chance):
    kind = chance.random()
    plain = [path.split("?")[0] for path in PATHS]
    if kind < 0.35:
        match = {"prefix": chance.choice([*plain, "/"])}
    elif kind < 0.6:
        match = {"path": chance.choice(plain)}
    elif kind < 0.75:
        match = {"safe_regex": {"regex": chance.choice(["/a.*", "/item/[0-9]+", ".*\\.png", "/"])}}
    elif kind < 0.9:
        return {"path_separated_prefix": chance.choice(["/a", "/item", "/a/b"])}
    else:
        template = chance.choice(["/item/{id}", "/a/*", "/{x}/**"])
        matcher = "type.googleapis.com/envoy.extensions.path.match.uri_template.v3"
        return {"path_match_policy": {"name": "t", "typed_config": {
            "@type": f"{matcher}.UriTemplateMatchConfig", "path_template": template}}}
    if "safe_regex" not in match and chance.random() < 0.3:
        match["case_sensitive"] = False
    return match


def route_match(chance):
    match = path_match(chance)
    if chance.random() < 0.3:
        match["headers"] = [header_match(chance) for _ in range(chance.randint(1, 2))]
    if chance.random() < 0.15:
        query = {"name": chance.choice(["x", "y", "z"])}
        if chance.random() < 0.5:
            query["present_match"] = chance.random() < 0.7
        else:
            query["string_match"] = string_match(chance)
        match["query_parameters"] = [query]
    if chance.random() < 0.08 and HAS_COOKIES:
        cookie = {"name": chance.choice(["c", "d"]), "string_match": string_match(chance)}
        if chance.random() < 0.3:
            cookie["invert_match"] = True
        match["cookies"] = [cookie]
    if chance.random() < 0.05:
        match["grpc"] = {}
    if chance.random() < 0.05:
        share = chance.choice([0, 100])
        match["runtime_fraction"] = {"default_value": {"numerator": share}}
    return match


def rewrite(chance, match, action):
    """Gives an action some of the ways to change path and host."""
    kind = chance.random()
    if kind < 0.25 and ("prefix" in match or "path" in match):
        action["prefix_rewrite"] = chance.choice(["/new", "/", "/new/", "/q?z"])
    elif kind < 0.4:
        action["regex_rewrite"] = {"pattern": {"regex": chance.choice(["/([a-z]+)", "b", "^/", "[0-9]*"])},
                                   "substitution": chance.choice([r"/x/\1", "y", r"\0\0", ""])}
        if action["regex_rewrite"]["pattern"]["regex"] != "/([a-z]+)":
            action["regex_rewrite"]["substitution"] = chance.choice(["y", r"\0\0", ""])
    elif kind < 0.5 and "path_match_policy" in match:
        rewriter = "type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3"
        text = match["path_match_policy"]["typed_config"]["path_template"]
        action["path_rewrite_policy"] = {"name": "r", "typed_config": {
            "@type": f"{rewriter}.UriTemplateRewriteConfig",
            "path_template_rewrite": {"/item/{id}": "/i/{id}/x", "/a/*": "/s", "/{x}/**": "/y/{x}"}[text]}}
    elif kind < 0.6 and HAS_FORMATS:
        action["path_rewrite"] = chance.choice(["/f/%REQ(x-a)%", "%REQ(:path)%x", "/%REQ(x-n?x-b)%", "%REQ(none)%"])
    host = chance.random()
    if host < 0.1:
        action["host_rewrite_literal"] = "literal.test"
    elif host < 0.2:
        action["host_rewrite_header"] = chance.choice(["x-a", "x-b", "none", "x-r"])
    elif host < 0.3:
        action["host_rewrite_path_regex"] = {"pattern": {"regex": "^/([a-z]+).*$"}, "substitution": r"\1.test"}
    elif host < 0.4 and HAS_FORMATS:
        action["host_rewrite"] = chance.choice(["%REQ(x-a)%.f", "%REQ(none)%", "plain.f", "%REQ(:authority):3%"])
    elif host < 0.5:
        action["auto_host_rewrite"] = True
    if host < 0.5 and chance.random() < 0.3:
        action["append_x_forwarded_host"] = True


def header_option(chance):
    option = {"header": {"key": chance.choice(["x-r", "x-a", "x-s", "x-forwarded-host", "accept", "x-n"]),
                         "value": chance.choice(["1", "%REQ(x-a)%", "a%REQ(none)%b", "%REQ(:path)%", "", "100%%",
                                                 "%REQ(none?x-b):2%", "%REQ(:METHOD)%"])}}
    if chance.random() < 0.6:
        option["append_action"] = chance.choice(["APPEND_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT",
                                                 "OVERWRITE_IF_EXISTS", "OVERWRITE_IF_EXISTS_OR_ADD"])
    if chance.random() < 0.3:
        option["keep_empty_value"] = True
    return option


def mutate_headers(chance, holder):
    """Adds and removes request headers at one level, now and then."""
    if chance.random() < 0.25:
        holder["request_headers_to_add"] = [header_option(chance) for _ in range(chance.randint(1, 3))]
    if chance.random() < 0.15:
        holder["request_headers_to_remove"] = [chance.choice(["x-a", "x-b", "x-r", "cookie", "content-type"])]


def route_action(chance, match):
    kind = chance.random()
    if kind < 0.15:
        status = chance.choice([200, 201, 302, 403, 404, 503])
        return {"direct_response": {"status": status}}
    if kind < 0.35:
        redirect = {}
        if chance.random() < 0.5:
            redirect["https_redirect"] = True
        elif chance.random() < 0.3:
            redirect["scheme_redirect"] = chance.choice(["https", "http", "ftp"])
        if chance.random() < 0.4:
            redirect["host_redirect"] = "new.test"
        if chance.random() < 0.3:
            redirect["port_redirect"] = chance.choice([80, 443, 8443])
        if chance.random() < 0.4:
            redirect["path_redirect"] = chance.choice(["/n", "/n?k=v", "n"])
        elif "prefix" in match and chance.random() < 0.4:
            redirect["prefix_rewrite"] = chance.choice(["/new", "/", "/new/"])
        elif chance.random() < 0.3:
            redirect["regex_rewrite"] = {"pattern": {"regex": chance.choice(["/([a-z]+)", "b"])},
                                         "substitution": chance.choice([r"/x/\1", "y", r"\0\0"])}
        if chance.random() < 0.2:
            redirect["strip_query"] = True
        if chance.random() < 0.5:
            redirect["response_code"] = chance.choice(
                ["FOUND", "SEE_OTHER", "TEMPORARY_REDIRECT", "PERMANENT_REDIRECT"])
        return {"redirect": redirect}
    action = {}
    choice = chance.random()
    if choice < 0.7:
        action["cluster"] = chance.choice(CLUSTERS)
    elif choice < 0.85:
        action["cluster_header"] = "x-a"
    else:
        action["weighted_clusters"] = {"clusters": [
            {"name": name, "weight": chance.randint(0, 9) + (name == "one")}
            for name in chance.sample(CLUSTERS, 2)] + [{"name": "one", "weight": 1}]}
        for entry in action["weighted_clusters"]["clusters"]:
            mutate_headers(chance, entry)
            if chance.random() < 0.2:
                entry["host_rewrite_literal"] = "entry.test"
    rewrite(chance, match, action)
    if chance.random() < 0.3:
        action["cluster_not_found_response_code"] = chance.choice(
            ["NOT_FOUND", "INTERNAL_SERVER_ERROR"])
    return {"route": action}


def route(chance, number):
    match = route_match(chance)
    made = {"match": match, **route_action(chance, match)}
    if chance.random() < 0.7:
        made["name"] = f"r{number}"
    mutate_headers(chance, made)
    return made


def matcher_tree(chance, routes):
    """A matcher over the request that leads to the routes, one or a list at a time."""
    source = {"name": "in", "typed_config": {
        "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
        "header_name": chance.choice(["x-a", ":path", ":authority", ":method"])}}
    route_type = "type.googleapis.com/envoy.config.route.v3"

    def action():
        if chance.random() < 0.5:
            config = {"@type": f"{route_type}.RouteList", "routes": routes}
        else:
            config = {"@type": f"{route_type}.Route", **chance.choice(routes)}
        return {"action": {"name": "route", "typed_config": config}}

    values = chance.sample(["1", "2", "p", "/a", "/", "a.test", "GET", "prefix-1", "/a?x"], 4)
    shape = chance.random()
    if shape < 0.3:
        tree = {"matcher_tree": {"input": source,
                                 "exact_match_map": {"map": {v: action() for v in values}}}}
    elif shape < 0.6:
        tree = {"matcher_tree": {"input": source,
                                 "prefix_match_map": {"map": {v: action() for v in values}}}}
    else:
        value = string_match(chance)
        if "safe_regex" in value:
            value["safe_regex"]["google_re2"] = {}
        predicate = {"single_predicate": {"input": source, "value_match": value}}
        if chance.random() < 0.3:
            predicate = {"not_matcher": predicate}
        tree = {"matcher_list": {"matchers": [{"predicate": predicate, "on_match": action()}]}}
    if chance.random() < 0.5:
        tree["on_no_match"] = action()
    return tree


def by_matcher(chance, host):
    """Gives the virtual host a matcher in place of its routes."""
    if host["routes"]:
        host["matcher"] = matcher_tree(chance, host.pop("routes"))


def route_config(chance, name):
    """A RouteConfiguration that Envoy accepts: no domain twice, whatever its case."""
    domains = list({domain.lower(): domain for domain in DOMAINS}.values())
    chance.shuffle(domains)
    if chance.random() < 0.5:
        domains.append("*")
    hosts = []
    number = 0
    while domains:
        taken = [domains.pop() for _ in range(min(len(domains), chance.randint(1, 3)))]
        if "*" in taken and len(taken) > 1:
            taken.remove("*")
            domains.append("*")
        count = chance.randint(0, 6)
        host = {"name": f"v{len(hosts)}", "domains": taken,
                "routes": [route(chance, number + i) for i in range(count)]}
        number += count
        if chance.random() < 0.1:
            host["require_tls"] = chance.choice(["ALL", "EXTERNAL_ONLY"])
        if chance.random() < 0.1:
            by_matcher(chance, host)
        mutate_headers(chance, host)
        hosts.append(host)
        if len(hosts) == 9:
            break
    config = {"name": name, "virtual_hosts": hosts, "validate_clusters": False}
    mutate_headers(chance, config)
    if chance.random() < 0.3:
        config["most_specific_header_mutations_wins"] = True
    if chance.random() < 0.4:
        config["ignore_port_in_host_matching"] = True
    if chance.random() < 0.2:
        config["ignore_path_parameters_in_path_matching"] = True
    return config


def manager_options(chance):
    options = {}
    if chance.random() < 0.5:
        options["normalize_path"] = True
    if chance.random() < 0.3:
        options["merge_slashes"] = True
    if chance.random() < 0.4:
        options["path_with_escaped_slashes_action"] = chance.choice(
            ["REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD", "KEEP_UNCHANGED"])
    if chance.random() < 0.2:
        options["strip_any_host_port"] = True
    elif chance.random() < 0.2:
        options["strip_matching_host_port"] = True
    if chance.random() < 0.2:
        options["strip_trailing_host_dot"] = True
    if chance.random() < 0.3:
        options["use_remote_address"] = True
    if chance.random() < 0.2:
        options["xff_num_trusted_hops"] = 1
    if chance.random() < 0.2:
        options["internal_address_config"] = {"cidr_ranges": [
            {"address_prefix": chance.choice(["127.0.0.0", "10.0.0.0"]), "prefix_len": 8}]}
    if chance.random() < 0.15:
        options["scheme_header_transformation"] = {"scheme_to_overwrite": chance.choice(["http", "https"])}
    if chance.random() < 0.2:
        options["http_protocol_options"] = {"allow_custom_methods": chance.random() < 0.5,
                                            "allow_absolute_url": chance.random() < 0.5}
    if chance.random() < 0.2:
        options["common_http_protocol_options"] = {"headers_with_underscores_action": chance.choice(
            ["REJECT_REQUEST", "DROP_HEADER"])}
    if chance.random() < 0.2:
        options["upgrade_configs"] = [{"upgrade_type": "websocket", "enabled": chance.random() < 0.6}]
    return options


def request(chance):
    host = chance.choice(HOSTS if chance.random() < 0.9 else ODD_HOSTS)
    odd = chance.random()
    if odd < 0.3:
        host += chance.choice([":80", ":8080", ":81", ":", ":x"])
    if odd > 0.85:
        host = host.upper()
    headers = [list(chance.choice(HEADERS)) for _ in range(chance.choice([0, 0, 1, 1, 2]))]
    headers += [list(chance.choice(ODD_HEADERS)) for _ in range(chance.choice([0, 0, 0, 1, 2]))]
    if chance.random() < 0.02:
        headers += [["connection", chance.choice(["upgrade", "keep-alive", "Upgrade, HTTP2-Settings"])],
                    ["upgrade", chance.choice(["websocket", "h2c"])]]
    path = chance.choice(PATHS if chance.random() < 0.8 else ODD_PATHS)
    method = chance.choice(METHODS if chance.random() < 0.98 else ODD_METHODS)
    return {"authority": host, "method": method, "path": path, "headers": headers}
