"""Every limit has a message, and memory stays within bounds."""

import gzip
import os
import unittest

import command

MEBI = 1 << 20
SANITIZED = "XDSCOPE_BINARY" in os.environ and command.is_sanitized()
TYPE = "type.googleapis.com/envoy.admin.v3.ClustersConfigDump"


def clusters(entries):
    """A dump with these entries among its clusters."""
    return '{"configs":[{"@type":"' + TYPE + '","static_clusters":[' + entries + "]}]}"


class Limits(command.Case):
    def test_depth_of_json(self):
        path = self.write("deep.json", '{"configs":' + "[" * 100_000)
        self.assert_refused(command.run("pc", "cluster", "-f", path), "nested deeper than 1000 levels")

    def test_depth_of_yaml(self):
        path = self.write("deep.yaml", "configs: " + "[" * 20_000)
        self.assert_refused(command.run("pc", "cluster", "-f", path), "deep")

    def test_depth_up_to_the_limit(self):
        deep = "[" * 990 + "]" * 990
        path = self.write("deep.json", clusters('{"cluster":{"name":"a","metadata":' + deep + "}}"))
        for arguments in (["lint"], ["pc", "all"], ["why", "503"], ["pc", "cluster", "-o", "yaml"]):
            result = command.run(*arguments, "-f", path)
            self.assertIn(result.returncode, (0, 1), result.stderr)

    def test_files_over_4_gib(self):
        for begin in (b'{"configs":', b"configs:\n"):
            path = self.write("large", begin)
            os.truncate(path, 5 << 30)  # takes no room on the disk
            result = command.measure("lint", "-f", path)
            self.assert_refused(result, "larger than 4 GiB")
            self.assertLess(result.memory, 200 * MEBI)

    def test_unpacked_size(self):
        path = self.write("bomb.gz", gzip.compress(b" " * (64 * MEBI)))
        result = command.run("lint", "-f", path, "--max-unpacked-size", "10MB")
        self.assert_refused(result, "unpacks to more than")
        self.assertIn("--max-unpacked-size", result.stderr)

    def test_aliases_of_yaml(self):
        lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol]"]
        for i in range(1, 40):
            lines.append(f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 9) + "]")
        path = self.write("bomb.yaml", "\n".join(lines))
        result = command.measure("lint", "-f", path)
        self.assert_refused(result, "alias")
        if not SANITIZED:
            self.assertLess(result.memory, 100 * MEBI)

    def test_regular_expressions_that_re2_refuses(self):
        path = self.write("routes.json", """
{"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
 {"match": {"safe_regex": {"regex": "((((a{100}){100}){100}){100}"}}, "route": {"cluster": "c"}},
 {"match": {"prefix": "/"}, "route": {"cluster": "c"}}]}]}""")
        tests = self.write("tests.yaml", """
tests:
- test_name: t
  input: {authority: a, path: /, method: GET}
  validate: {cluster_name: c}
""")
        result = command.run("test", "-f", path, tests)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        self.assertIn("regex", result.stdout + result.stderr)

    def test_time_of_an_expression(self):
        rule = self.write_endless_rule("[range(1e12)] | length > 0")
        result = command.run("lint", "-f", command.SAMPLE, "--rules", rule, timeout=120)
        self.assertNotEqual(result.returncode, 0, result.stdout)
        self.assertRegex(result.stdout + result.stderr, "time|memory")

    def test_number_of_resources(self):
        entries = ",".join(f'{{"cluster":{{"name":"c{i}"}}}}' for i in range(100))
        path = self.write("many.json", clusters(entries))
        # One more is the section that they stand in.
        self.assertEqual(command.run("pc", "cluster", "-f", path, "--max-resources", 101).returncode, 0)
        result = command.run("pc", "cluster", "-f", path, "--max-resources", 100)
        self.assert_refused(result, "more than 100 resources")
        self.assertIn("--max-resources", result.stderr)

    def test_many_files(self):
        # Each is allowed what it needs, not what it could need at most.
        entry = '{"cluster":{"name":"a","type":"EDS","alt_stat_name":"' + "x" * 1000 + '"}}'
        first = self.write("0.json", clusters(",".join([entry] * 1000)))
        for i in range(1, 200):
            (self.folder / str(i)).mkdir()
            os.link(first, self.folder / str(i) / "config_dump.json")
        first.unlink()
        result = command.run("lint", "-f", self.folder)
        self.assertIn(result.returncode, (0, 1), result.stderr[:300])

    def test_number_of_proxies(self):
        # What grows with its square does not end.
        path = self.write("proxies.json", "\n".join(f'{{"node":{{"id":"n{i}"}},"admin":{{}}}}'
                                                    for i in range(100_000)))
        result = command.run("pc", "bootstrap", "-f", path, timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr[:300])

    @unittest.skipIf(SANITIZED, "sanitizers take time")
    def test_many_listeners_and_routes(self):
        # The line of each was once counted from the beginning of the dump.
        filters = ('[{"name":"envoy.filters.network.http_connection_manager","typed_config":{"@type":"type.googleapis.com/'
                   'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",'
                   '"rds":{"route_config_name":"r%d"}}}]')
        listeners = ",".join(
            f'{{"name":"l{i}","active_state":{{"listener":{{"name":"l{i}","address":{{"socket_address":'
            f'{{"address":"10.1.{i >> 8}.{i & 255}","port_value":80}}}},"filter_chains":[{{"filters":{filters % i}}}]}}}}}}'
            for i in range(20_000))
        routes = ",".join(f'{{"route_config":{{"name":"r{i}","virtual_hosts":[{{"name":"v","domains":["h{i}"],"routes":'
                          f'[{{"match":{{"path":"/"}},"route":{{"cluster":"c"}}}}]}}]}}}}' for i in range(20_000))
        prefix = '{"@type":"type.googleapis.com/envoy.admin.v3.'
        path = self.write("many.json", f'{{"configs":[{prefix}ListenersConfigDump","dynamic_listeners":[{listeners}]}},'
                                       f'{prefix}RoutesConfigDump","dynamic_route_configs":[{routes}]}}]}}')
        for arguments in (["why", "404"], ["trace", "http://h5/", "--to", "10.1.0.5:80"], ["lint"]):
            with self.subTest(" ".join(arguments)):
                result = command.run(*arguments, "-f", path, timeout=60)
                self.assertIn(result.returncode, (0, 1), result.stderr[:300])

    def test_a_text_of_nothing_but_values(self):
        path = self.write("values.json", '{"configs":[' + ",".join(["[]"] * 8_000_000) + "]}")
        self.assert_refused(command.run("lint", "-f", path), "values and keys in a text of")

    @unittest.skipIf(SANITIZED, "sanitizers take memory")
    def test_memory_of_what_is_decoded(self):
        # A route without anything takes some hundred times the room of its text.
        routes = ",".join(['{"match":{}}'] * 1_000_000)
        path = self.write("routes.json", '{"name":"r","virtual_hosts":[{"name":"v","domains":["*"],'
                                         f'"routes":[{routes}]}}]}}')
        size = path.stat().st_size
        for arguments in (["lint"], ["why", "404"], ["pc", "route", "-o", "wide"]):
            with self.subTest(" ".join(arguments)):
                result = command.measure(*arguments, "-f", path)
                self.assert_refused(result, "MiB of memory")
                self.assertIn("--max-memory", result.stderr)
                # The limit does not count the file, which is mapped, nor what belongs to the program.
                self.assertLess(result.memory, (512 + 40) * MEBI + 4 * size)
        self.assertEqual(command.run("why", "404", "-f", path, "--max-memory", "4GB").returncode, 0)

    def test_broken_entries_are_counted_not_listed(self):
        # A million problems would take hours to place and gigabytes to hold.
        path = self.write("broken.json", clusters(",".join(["7"] * 500_000)))
        result = command.run("pc", "cluster", "-f", path)
        self.assertIn("more", result.stderr)
        self.assertLess(result.stderr.count("\n"), 100)


# Input, and the most bytes per byte of it. Besides, the program itself takes some.
PATHOLOGICAL = {
    "nesting": lambda: '{"configs":[' + ",".join(["[" * 900 + "]" * 900] * 12_000) + "]}",
    "tiny values": lambda: '{"configs":[' + ",".join("1" * 12_000_000) + "]}",
    "tiny objects": lambda: '{"configs":[' + ",".join(["{}"] * 8_000_000) + "]}",
    "one string": lambda: clusters('{"cluster":{"name":"' + "x" * (24 * MEBI) + '"}}'),
    "escapes": lambda: clusters('{"cluster":{"name":"' + "\\u0041" * (4 * MEBI) + '"}}'),
    "many small resources": lambda: clusters(
        ",".join(f'{{"cluster":{{"name":"c{i}","type":"EDS"}}}}' for i in range(500_000))),
    "as many resources as may be": lambda: clusters(",".join(['{"cluster":{}}'] * 399_999)),
    "more resources than may be": lambda: clusters(",".join(['{"cluster":{}}'] * 1_600_000)),
}


@unittest.skipIf(SANITIZED, "sanitizers take memory")
class Memory(command.Case):
    OWN = 40 * MEBI
    WANTED = 3

    def test_stays_within_bounds(self):
        for name, make in PATHOLOGICAL.items():
            with self.subTest(name):
                path = self.write("input.json", make())
                result = command.measure("pc", "bootstrap", "-f", path)
                self.assertGreaterEqual(result.returncode, 0, result.stderr[:300])
                size = path.stat().st_size
                print(f"{name}: {size / MEBI:.0f} MiB, {result.memory / MEBI:.0f} MiB held, "
                      f"{(result.memory - self.OWN) / size:.1f} x")
                self.assertLess(result.memory, self.WANTED * size + self.OWN)

    def test_yaml_stays_within_bounds(self):
        path = self.write("input.yaml", "configs:\n" + "- {}\n" * 3_000_000)
        result = command.measure("pc", "bootstrap", "-f", path)
        self.assertGreaterEqual(result.returncode, 0, result.stderr[:300])
        self.assertLess(result.memory, self.WANTED * path.stat().st_size + self.OWN)
