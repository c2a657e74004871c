"""Clusters made by chance: priorities, localities, health, panic, subsets, limits."""

import configuration as c

POLICIES = "extensions.load_balancing_policies"
HEALTH = ["HEALTHY"] * 4 + ["UNHEALTHY"] * 4 + ["DEGRADED", "DRAINING", "TIMEOUT", "UNKNOWN"]
LABELS = {"stage": ["prod", "dev"], "version": ["1", "2"]}


def labels(chance, most=2):
    keys = chance.sample(sorted(LABELS), chance.randrange(most + 1))
    return {key: chance.choice(LABELS[key]) for key in keys}


def lb_metadata(values):
    return {"filter_metadata": {"envoy.lb": values}} if values else None


def endpoint(chance, address, port, health):
    host = {"endpoint": {"address": {"socket_address": {"address": address, "port_value": port}}},
            "health_status": chance.choice(health)}
    if chance.random() < 0.2:
        host["load_balancing_weight"] = chance.choice([1, 2, 3])
    if found := lb_metadata(labels(chance)):
        host["metadata"] = found
    return host


def assignment(chance, name, number, port):
    """Hosts at 127.NUMBER.PRIORITY.*, so that an address says whose it is."""
    health = chance.choice([HEALTH, HEALTH, ["HEALTHY"], ["UNHEALTHY"], ["UNHEALTHY", "DEGRADED"],
                            ["UNHEALTHY"] * 5 + ["HEALTHY"]])
    localities = []
    for priority in range(chance.choice([1, 1, 1, 2, 2, 3])):
        if chance.random() < 0.05:
            continue
        count = 0
        for zone in range(chance.choice([1, 1, 2, 3])):
            hosts = []
            for _ in range(chance.choice([0, 1, 1, 2, 3, 4])):
                count += 1
                hosts.append(endpoint(chance, f"127.{number}.{priority}.{count}", port, health))
            group = {"locality": {"region": "r", "zone": f"z{zone}"}, "priority": priority,
                     "lb_endpoints": hosts}
            if chance.random() < 0.5:
                group["load_balancing_weight"] = chance.choice([1, 2])
            localities.append(group)
    policy = {}
    if chance.random() < 0.3:
        policy["overprovisioning_factor"] = chance.choice([100, 120, 200, 1000])
    if chance.random() < 0.15:
        policy["weighted_priority_health"] = True
    if chance.random() < 0.08:
        policy["drop_overloads"] = [{"category": "d", "drop_percentage": {
            "numerator": chance.choice([30, 100]), "denominator": "HUNDRED"}}]
    return {"cluster_name": name, "endpoints": localities, **({"policy": policy} if policy else {})}


def subset_config(chance, locality_weighted):
    policies = ["NO_FALLBACK", "ANY_ENDPOINT", "DEFAULT_SUBSET"]
    selectors = []
    for keys in chance.sample([["stage"], ["version"], ["stage", "version"]], chance.choice([1, 2, 3])):
        selector = {"keys": keys}
        if chance.random() < 0.5:
            selector["fallback_policy"] = chance.choice([*policies, "KEYS_SUBSET"])
        if selector.get("fallback_policy") == "KEYS_SUBSET":
            if len(keys) == 1:
                del selector["fallback_policy"]
            else:
                selector["fallback_keys_subset"] = [chance.choice(keys)]
        selectors.append(selector)
    config = {"subset_selectors": selectors, "fallback_policy": chance.choice(policies)}
    if config["fallback_policy"] == "DEFAULT_SUBSET" or chance.random() < 0.2:
        config["default_subset"] = labels(chance)
    for option in ("panic_mode_any", "list_as_any"):
        if chance.random() < 0.15:
            config[option] = True
    if locality_weighted and chance.random() < 0.5:
        config["locality_weight_aware"] = True
    return config


def policy_extension(name, message, **fields):
    return {"policies": [{"typed_extension_config": {
        "name": f"envoy.load_balancing_policies.{name}",
        "typed_config": {"@type": f"{c.ENVOY}.{POLICIES}.{name}.v3.{message}", **fields}}}]}


def balancing(chance):
    """The cluster's load balancing, in the old fields or as an extension."""
    locality = chance.choice([{}, {}, {"locality_weighted_lb_config": {}},
                              {"zone_aware_lb_config": {"fail_traffic_on_panic": True}}])
    common = {}
    if chance.random() < 0.5:
        common["healthy_panic_threshold"] = {"value": chance.choice([0, 0, 10, 33.4, 60, 100])}
    if chance.random() < 0.3:
        name, message = chance.choice([("round_robin", "RoundRobin"), ("random", "Random"),
                                       ("least_request", "LeastRequest"), ("maglev", "Maglev"),
                                       ("ring_hash", "RingHash")])
        fields = {"locality_lb_config": locality} if locality else {}
        if name in ("maglev", "ring_hash"):
            fields = ({"locality_weighted_lb_config": {}} if "locality_weighted_lb_config" in locality
                      else {})
        return {"load_balancing_policy": policy_extension(name, message, **fields),
                **({"common_lb_config": common} if common else {})}
    common |= locality
    return {"lb_policy": chance.choice(["ROUND_ROBIN", "ROUND_ROBIN", "LEAST_REQUEST", "RANDOM",
                                        "RING_HASH", "MAGLEV"]),
            **({"common_lb_config": common} if common else {})}


def limits(chance):
    thresholds = []
    for priority in chance.sample(["DEFAULT", "HIGH"], chance.choice([1, 2])):
        thresholds.append({"priority": priority, **{
            limit: 0 for limit in ("max_connections", "max_pending_requests", "max_requests")
            if chance.random() < 0.3}})
    return {"thresholds": thresholds}


def cluster(chance, number, port):
    name = f"c{number}"
    made = {"name": name, "type": "STATIC", "connect_timeout": "1s",
            "load_assignment": assignment(chance, name, number, port), **balancing(chance)}
    if "load_balancing_policy" not in made and chance.random() < 0.3:
        weighted = "locality_weighted_lb_config" in made.get("common_lb_config", {})
        made["lb_subset_config"] = subset_config(chance, weighted)
    if chance.random() < 0.12:
        made["circuit_breakers"] = limits(chance)
    return made


def aggregate(chance, number, members):
    listed = chance.sample(members, chance.choice([1, 2, 2, 3]))
    if chance.random() < 0.2:
        listed.insert(chance.randrange(len(listed)), "missing")
    made = {"name": f"c{number}", "connect_timeout": "1s", "lb_policy": "CLUSTER_PROVIDED",
            "cluster_type": {"name": "envoy.clusters.aggregate", "typed_config": {
                "@type": f"{c.ENVOY}.extensions.clusters.aggregate.v3.ClusterConfig",
                "clusters": listed}}}
    if chance.random() < 0.3:
        made["common_lb_config"] = {"healthy_panic_threshold": {"value": chance.choice([0, 20, 80])}}
    return made


def target(chance, cluster_name):
    """The part of a route or a tcp_proxy that leads to the cluster."""
    found = lb_metadata(labels(chance))
    if chance.random() < 0.2:
        entry = {"name": cluster_name, "weight": 1}
        if more := lb_metadata(labels(chance)):
            entry["metadata_match"] = more
        made = {"weighted_clusters": {"clusters": [entry]}}
    else:
        made = {"cluster": cluster_name}
    return {**made, **({"metadata_match": found} if found else {})}


def route(chance, cluster_name):
    action = target(chance, cluster_name)
    if chance.random() < 0.2:
        action["priority"] = "HIGH"
    return {"match": {"path": f"/{cluster_name}"}, "route": action}
