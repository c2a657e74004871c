"""HTTP filters and local replies by chance: what decides about a request besides its route."""

import route_generator as routes

FILTERS = "type.googleapis.com/envoy.extensions.filters.http"
PREFIX = "envoy.filters.http"
# A key that no token of the requests is signed with.
JWKS = ('{"keys":[{"kty":"oct","alg":"HS256","kid":"k","k":'
        '"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}]}')


def permission(chance, depth=0):
    kind = chance.random()
    if kind < 0.25:
        return {"url_path": {"path": routes.string_match(chance)}}
    if kind < 0.35:
        return {"url_path": {"path": {chance.choice(["prefix", "exact"]): chance.choice(
            [path.split("?")[0] for path in routes.PATHS])}}}
    if kind < 0.6:
        return {"header": routes.header_match(chance)}
    if kind < 0.65:
        template = "type.googleapis.com/envoy.extensions.path.match.uri_template.v3"
        return {"uri_template": {"name": "t", "typed_config": {
            "@type": f"{template}.UriTemplateMatchConfig",
            "path_template": chance.choice(["/item/{id}", "/a/*", "/{x}/**"])}}}
    if kind < 0.67:
        value = chance.choice([{"string_match": {"exact": "1"}}, {"present_match": chance.random() < 0.5},
                               {"null_match": {}}, {"double_match": {"exact": 2}}, {"bool_match": True}])
        return {"sourced_metadata": {"metadata_matcher": {
            "filter": "n", "path": [{"key": chance.choice("kl")}], "value": value,
            "invert": chance.random() < 0.3}}}
    if kind < 0.7:
        return {"destination_port": 80}
    if kind < 0.8 and depth < 2:
        return {"not_rule": permission(chance, depth + 1)}
    if kind < 0.9 and depth < 2:
        word = chance.choice(["and_rules", "or_rules"])
        return {word: {"rules": [permission(chance, depth + 1) for _ in range(2)]}}
    return {"any": True}


def principal(chance):
    kind = chance.random()
    if kind < 0.2:
        return {"header": routes.header_match(chance)}
    if kind < 0.5:
        word = chance.choice(["direct_remote_ip", "remote_ip", "source_ip"])
        network = chance.choice(["127.0.0.0", "203.0.113.0"])
        return {word: {"address_prefix": network, "prefix_len": 24}}
    if kind < 0.6:
        return {"not_id": {"header": routes.header_match(chance)}}
    if kind < 0.65:
        return {"authenticated": {}}
    return {"any": True}


def rbac_rules(chance):
    policies = {f"p{number}": {"permissions": [permission(chance) for _ in range(chance.randint(1, 2))],
                               "principals": [principal(chance)]}
                for number in range(chance.randint(0, 3))}
    return {"action": chance.choice(["ALLOW", "DENY", "DENY", "LOG"]), "policies": policies}


def rbac(chance):
    config = {"@type": f"{FILTERS}.rbac.v3.RBAC"}
    if chance.random() < 0.9:
        config["rules"] = rbac_rules(chance)
    if chance.random() < 0.2:
        config["shadow_rules"] = rbac_rules(chance)
    return config


def rbac_per_route(chance):
    config = {"@type": f"{FILTERS}.rbac.v3.RBACPerRoute"}
    if chance.random() < 0.7:
        config["rbac"] = {"rules": rbac_rules(chance)}
    return config


def fault(chance):
    abort = {"percentage": {"numerator": chance.choice([0, 100, 100])}}
    abort |= chance.choice([{"http_status": 503}, {"http_status": 418}, {"header_abort": {}}, {"header_abort": {}},
                            {"grpc_status": 5}])
    config = {"@type": f"{FILTERS}.fault.v3.HTTPFault", "abort": abort,
              "headers": [routes.header_match(chance)]}
    if chance.random() < 0.2:
        config["upstream_cluster"] = "one"
    if chance.random() < 0.3:
        delay = chance.choice([{"fixed_delay": "0.001s"}, {"header_delay": {}}])
        config["delay"] = {**delay, "percentage": {"numerator": chance.choice([0, 100])}}
    return config


def cors(chance):
    policy = {"@type": f"{FILTERS}.cors.v3.CorsPolicy",
              "allow_origin_string_match": [chance.choice(
                  [{"exact": "http://a.test"}, {"exact": "*"}, {"prefix": "http://b"}])]}
    if chance.random() < 0.4:
        policy["forward_not_matching_preflights"] = chance.random() < 0.5
    if chance.random() < 0.2:
        policy["filter_enabled"] = {"default_value": {"numerator": 0}}
    return policy


def csrf(chance):
    config = {"@type": f"{FILTERS}.csrf.v3.CsrfPolicy",
              "filter_enabled": {"default_value": {"numerator": chance.choice([0, 100, 100])}}}
    if chance.random() < 0.4:
        config["additional_origins"] = [{"exact": "b.test"}]
    return config


def requirement(chance, depth=0):
    kind = chance.random()
    if kind < 0.4 or depth > 1:
        return {"provider_name": "one"}
    if kind < 0.6:
        return {"requires_any": {"requirements": [requirement(chance, depth + 1), chance.choice(
            [{"allow_missing": {}}, {"allow_missing_or_failed": {}}])]}}
    if kind < 0.7:
        return {"requires_all": {"requirements": [requirement(chance, depth + 1),
                                                  {"allow_missing_or_failed": {}}]}}
    return chance.choice([{"allow_missing": {}}, {"allow_missing_or_failed": {}}])


def jwt(chance):
    rules = [{"match": routes.path_match(chance), "requires": requirement(chance)}
             for _ in range(chance.randint(1, 3))]
    if chance.random() < 0.3:
        del rules[0]["requires"]
    return {"@type": f"{FILTERS}.jwt_authn.v3.JwtAuthentication", "rules": rules,
            "bypass_cors_preflight": chance.random() < 0.3,
            "providers": {"one": {"issuer": "one", "local_jwks": {"inline_string": JWKS}}}}


def input_and_values(chance):
    """An input of a request's matcher tree, and values that it may have."""
    kind = chance.choice(["HttpRequestHeaderMatchInput", "HttpRequestQueryParamMatchInput"])
    if kind == "HttpRequestHeaderMatchInput":
        field = {"header_name": chance.choice(["x-a", ":path", ":method", ":authority"])}
        values = ["1", "2", "/a", "/a/b", "GET", "POST", "a.test", "svc"]
    else:
        field, values = {"query_param": "x"}, ["1", "2", "%31", "1&"]
    typed = {"@type": f"type.googleapis.com/envoy.type.matcher.v3.{kind}", **field}
    return {"name": "in", "typed_config": typed}, values


def matcher_tree(chance, action):
    source, values = input_and_values(chance)
    shape = chance.choice(["exact_match_map", "prefix_match_map", "list"])
    if shape == "list":
        value = {"exact": chance.choice(values), "ignore_case": True}
        predicate = {"single_predicate": {"input": source, "value_match": value}}
        return {"matcher_list": {"matchers": [{"predicate": predicate,
                                               "on_match": {"action": action}}]}}
    return {"matcher_tree": {"input": source,
                             shape: {"map": {value: {"action": action} for value in values}}}}


def delegate(chance):
    """RBAC behind a matcher that may skip it, or chosen by one."""
    actions = "type.googleapis.com/envoy.extensions.filters"
    inner = {"name": f"{PREFIX}.rbac", "typed_config": rbac(chance)}
    if chance.random() < 0.5:
        action = {"@type": f"{actions}.common.matcher.action.v3.SkipFilter"}
        extension = inner
    else:
        action = {"@type": f"{actions}.http.composite.v3.ExecuteFilterAction", "typed_config": inner}
        extension = {"name": "composite",
                     "typed_config": {"@type": f"{FILTERS}.composite.v3.Composite"}}
    tree = matcher_tree(chance, {"name": "action", "typed_config": action})
    return {"@type": "type.googleapis.com/envoy.extensions.common.matching.v3.ExtensionWithMatcher",
            "xds_matcher": tree, "extension_config": extension}


def set_metadata(chance):
    entries = [{"metadata_namespace": "n", "value": {chance.choice("kl"): chance.choice(["1", 2, None, True])},
                "allow_overwrite": chance.random() < 0.5} for _ in range(chance.randint(1, 3))]
    return {"@type": f"{FILTERS}.set_metadata.v3.Config", "metadata": entries}


def header_changes(chance):
    changes = []
    for _ in range(chance.randint(1, 3)):
        if chance.random() < 0.3:
            changes.append({"remove": chance.choice(["x-a", "x-b", "x-n", "cookie"])})
        else:
            changes.append({"append": routes.header_option(chance)})
    return changes


def header_mutation(chance):
    return {"@type": f"{FILTERS}.header_mutation.v3.HeaderMutation",
            "mutations": {"request_mutations": header_changes(chance)},
            "most_specific_header_mutations_wins": chance.random() < 0.5}


def header_mutation_per_route(chance):
    return {"@type": f"{FILTERS}.header_mutation.v3.HeaderMutationPerRoute",
            "mutations": {"request_mutations": header_changes(chance)}}


def early_changes(chance):
    """early_header_mutation_extensions of a connection manager."""
    kind = "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"
    return [{"name": "early", "typed_config": {"@type": kind, "mutations": header_changes(chance)}}]


MAKERS = {"rbac": rbac, "set_metadata": set_metadata, "header_mutation": header_mutation, "fault": fault, "csrf": csrf, "jwt_authn": jwt, "match_delegate": delegate,
          "cors": lambda chance: {"@type": f"{FILTERS}.cors.v3.Cors"}}
PER_ROUTE = {"rbac": rbac_per_route, "header_mutation": header_mutation_per_route, "fault": fault, "csrf": csrf, "cors": cors}


def http_filters(chance):
    """Filters in any order, without the router."""
    kinds = [kind for kind in MAKERS if chance.random() < 0.35]
    chance.shuffle(kinds)
    made = []
    for kind in kinds:
        one = {"name": f"{PREFIX}.{kind}", "typed_config": MAKERS[kind](chance)}
        if chance.random() < 0.1:
            one["disabled"] = True
        made.append(one)
    return made


def per_filter_config(chance, filters):
    """A typed_per_filter_config for some of the filters; empty for most holders."""
    made = {}
    for one in filters:
        kind = one["name"].removeprefix(f"{PREFIX}.")
        if kind not in PER_ROUTE or chance.random() > (0.6 if kind == "cors" else 0.15):
            continue
        config = PER_ROUTE[kind](chance)
        if chance.random() < 0.3:
            config = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig",
                      **chance.choice([{"disabled": True}, {"config": config}])}
        made[one["name"]] = config
    return made


def add_per_filter_config(chance, config, filters):
    for host in config["virtual_hosts"]:
        for holder in [host, *host.get("routes", [])]:
            if made := per_filter_config(chance, filters):
                holder["typed_per_filter_config"] = made


def reply_filter(chance, depth=0):
    kind = chance.random()
    if kind < 0.4:
        return {"status_code_filter": {"comparison": {
            "op": chance.choice(["EQ", "GE", "LE"]),
            "value": {"default_value": chance.choice([301, 403, 404, 500, 503]),
                      "runtime_key": "none"}}}}
    if kind < 0.7:
        flags = chance.sample(["NR", "NC", "UH", "FI"], chance.randint(0, 2))
        return {"response_flag_filter": {"flags": flags} if flags else {}}
    if kind < 0.85 or depth > 0:
        return {"header_filter": {"header": routes.header_match(chance)}}
    return {chance.choice(["and_filter", "or_filter"]): {
        "filters": [reply_filter(chance, depth + 1) for _ in range(2)]}}


def local_reply(chance):
    mappers = [{"filter": reply_filter(chance), "body": {"inline_string": "changed"}}
               for _ in range(chance.randint(1, 3))]
    for mapper in mappers:
        if chance.random() < 0.8:
            mapper["status_code"] = chance.choice([200, 404, 410, 418, 502])
    return {"mappers": mappers}
