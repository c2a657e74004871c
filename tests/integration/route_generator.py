"""Route configurations and requests by chance: every matcher, odd hosts and paths.

Hosts, paths and values are drawn from small pools, so that requests often nearly match.
"""

HOSTS = ["a.test", "b.test", "www.a.test", "x.y.a.test", "a.test.", "c.example", "svc", "10.0.0.1"]
DOMAINS = [*HOSTS, "*.a.test", "*.test", "*-b.test", "svc.*", "a.*", "a.test:80", "b.test:8080",
           "A.TEST:81"]
PATHS = ["/", "/a", "/a/", "/a/b", "/ab", "/A", "/a%2Fb", "/a;v=1", "/item/12", "/item/x",
         "/a/../b", "//a", "/a//b", "/.", "/b?x=1", "/a?x=1&y=2", "/a?x", "/a?x=2&x=1",
         "/a/b/c?y=2", "/img/p.png", "/%61", "/a\\b", "/~u", "/a/b?", "/a?%78=1"]
METHODS = ["GET", "GET", "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"]
HEADERS = [("x-a", "1"), ("x-a", "2"), ("x-a", "prefix-1"), ("x-b", ""), ("x-b", "Value"),
           ("x-n", "5"), ("x-n", "-3"), ("x-n", "5a"), ("cookie", "c=1; d=2"), ("cookie", "c=2"),
           ("content-type", "application/grpc"), ("x-forwarded-proto", "https")]
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
    if chance.random() < 0.05:
        match["grpc"] = {}
    if chance.random() < 0.05:
        share = chance.choice([0, 100])
        match["runtime_fraction"] = {"default_value": {"numerator": share}}
    return match


def route_action(chance, match):
    kind = chance.random()
    if kind < 0.15:
        status = chance.choice([200, 403, 404, 503])
        return {"direct_response": {"status": status}}
    if kind < 0.35:
        redirect = {}
        if chance.random() < 0.5:
            redirect["https_redirect"] = True
        if chance.random() < 0.4:
            redirect["host_redirect"] = "new.test"
        if chance.random() < 0.3:
            redirect["port_redirect"] = chance.choice([80, 443, 8443])
        if chance.random() < 0.4:
            redirect["path_redirect"] = chance.choice(["/n", "/n?k=v", "n"])
        elif "prefix" in match and chance.random() < 0.4:
            redirect["prefix_rewrite"] = "/new"
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
    if chance.random() < 0.3:
        action["cluster_not_found_response_code"] = chance.choice(
            ["NOT_FOUND", "INTERNAL_SERVER_ERROR"])
    return {"route": action}


def route(chance, number):
    match = route_match(chance)
    made = {"match": match, **route_action(chance, match)}
    if chance.random() < 0.7:
        made["name"] = f"r{number}"
    return made


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
            host["require_tls"] = "ALL"
        hosts.append(host)
        if len(hosts) == 9:
            break
    config = {"name": name, "virtual_hosts": hosts, "validate_clusters": False}
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
    return options


def request(chance):
    host = chance.choice(HOSTS)
    odd = chance.random()
    if odd < 0.3:
        host += chance.choice([":80", ":8080", ":81", ":", ":x"])
    if odd > 0.85:
        host = host.upper()
    headers = [list(chance.choice(HEADERS)) for _ in range(chance.choice([0, 0, 1, 1, 2]))]
    return {"authority": host, "method": chance.choice(METHODS), "path": chance.choice(PATHS),
            "headers": headers}
