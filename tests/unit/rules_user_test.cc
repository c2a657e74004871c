// Rules of a user's own: expressions, files, evaluation, and that the pages say what the code does.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "rules/catalogue.h"
#include "rules/user/entity.h"
#include "rules/user/rule_test.h"
#include "rules/user/schema.h"
#include "rules/user/user_rule.h"
#include "support/catch.h"
#include "support/rule_cases.h"
#include "support/user_rules.h"
#include "xdscope/lint.h"
#include "xdscope/load.h"

namespace xdscope::rules::user {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const std::string kSource = XDSCOPE_SOURCE_DIR;

Outcome run_on(const std::shared_ptr<RuleSetOfUser>& set, const Snapshot& snapshot) {
  const Index index(snapshot);
  const Index* proxy = &index;
  const std::vector<Rule> rules = engine_rules(set);
  std::vector<Task> tasks;
  for (const Rule& rule : rules) tasks.push_back({&rule, {}, {}});
  return run(tasks, std::span(&proxy, 1), Clock::time_point(std::chrono::seconds(1780272000)));
}

Outcome run_on_rich(std::string_view yaml, JqLimits limits = {}) {
  const auto set = load(yaml, limits);
  if (!set) FAIL(text_of(set.error()));
  const auto snapshot = load_text(rich_dump(), "rich.yaml");
  if (!snapshot) FAIL(text_of(snapshot.error()));
  return run_on(*set, **snapshot);
}

void check_shape(const Shape& shape, const Json& json, std::set<std::string>& seen);

void check_value(const FieldType& type, const Json& value, std::set<std::string>& seen) {
  if (value.is_null()) {
    CHECK((type.nullable || type.base == FieldType::Base::kAny));
    return;
  }
  if (type.list) {
    REQUIRE(value.is_array());
    FieldType element = type;
    element.list = false;
    for (const Json& item : value) check_value(element, item, seen);
    return;
  }
  switch (type.base) {
    case FieldType::Base::kString:
      CHECK(value.is_string());
      break;
    case FieldType::Base::kNumber:
      CHECK(value.is_number());
      break;
    case FieldType::Base::kBoolean:
      CHECK(value.is_boolean());
      break;
    case FieldType::Base::kObject:
      check_shape(*type.shape, value, seen);
      break;
    case FieldType::Base::kAny:
      break;
  }
}

void check_shape(const Shape& shape, const Json& json, std::set<std::string>& seen) {
  REQUIRE(json.is_object());
  seen.emplace(shape.name);
  std::vector<std::string> names;
  for (const auto& [key, value] : json.items()) names.push_back(key);
  std::vector<std::string> expected;
  for (const Field& field : shape.fields) expected.emplace_back(field.name);
  INFO(shape.name);
  CHECK(names == expected);
  for (const Field& field : shape.fields) {
    INFO(field.name);
    if (json.contains(field.name)) {
      check_value(field.type, json[std::string(field.name)], seen);
    }
  }
}

}  // namespace

TEST_CASE("every entity is what its schema says", "[user]") {
  const auto snapshot = load_text(rich_dump(), "rich.yaml");
  if (!snapshot) FAIL(text_of(snapshot.error()));
  const Index index(**snapshot);
  const Card card;
  const RuleContext context({&index, &card, nullptr, Clock::time_point(), nullptr, {}, {}});
  std::set<std::string> seen;
  for (const EntityKind kind : entity_kinds()) {
    INFO(entity_name(kind));
    std::size_t count = 0;
    for_each_entity(kind, context, {Needs::everything(), true}, [&](const Entity& entity) {
      ++count;
      INFO(entity.json);
      const Json json = Json::parse(entity.json, nullptr, false);
      check_shape(shape_of(kind), json, seen);
      CHECK(!json["raw"].empty());
      CHECK(!entity.label().object.empty());
      CHECK(!entity.label().identity.empty());
      CHECK(evidence_of(entity.at));
    });
    CHECK(count > 0);
  }
  // Otherwise a shape might say anything.
  for (const Shape* shape : shapes()) {
    INFO(shape->name);
    CHECK(seen.contains(std::string(shape->name)));
  }
}

TEST_CASE("samples of entities fit their schema", "[user]") {
  std::set<std::string> seen;
  for (const EntityKind kind : entity_kinds()) {
    check_shape(shape_of(kind), Json::parse(sample_of(shape_of(kind))), seen);
  }
}

TEST_CASE("docs/user-rules.md has the tables of the schema", "[user]") {
  const std::string page = testing::read_text(kSource + "/docs/user-rules.md");
  const std::size_t begin = page.find("<!-- fields -->\n");
  const std::size_t end = page.find("<!-- end of fields -->");
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  CHECK(page.substr(begin + 16, end - begin - 16) == "\n" + schema_markdown() + "\n");
}

TEST_CASE("the sample rules pass their tests and are shown in the docs", "[user]") {
  const std::string folder = kSource + "/samples/rules";
  const auto set = load_user_rules(std::span(&folder, 1), builtin_rules());
  if (!set) FAIL(text_of(set.error()));
  CHECK((*set)->rules().size() == 3);
  const auto outcomes = run_tests(*set, Clock::time_point());
  CHECK(outcomes.size() >= 11);
  for (const TestOutcome& outcome : outcomes) {
    INFO(outcome.where << " " << outcome.name << ": " << outcome.reason);
    for (const std::string& line : outcome.details) UNSCOPED_INFO(line);
    CHECK(outcome.passed);
  }
  const std::string page = testing::read_text(kSource + "/docs/user-rules.md");
  for (const auto& entry : fs::directory_iterator(folder)) {
    INFO(entry.path());
    CHECK(page.find(testing::read_text(entry.path())) != std::string::npos);
  }
}

TEST_CASE("a misspelt field is an error, with the line and a suggestion", "[user]") {
  struct Case {
    std::string entity;
    std::string when;
    std::string error;
  };
  const std::vector<Case> cases = {
      {"route", ".timeout == 0",
       "own.yaml:8: ACME001: when: a route has no field \"timeout\" | did you mean "
       "\"timeout_seconds\" or \"timeout_set\"?"},
      {"route", "true\nand .retires != null",
       "own.yaml:9: ACME001: when: a route has no field \"retires\" | did you mean \"retries\"?"},
      {"route", "any(.clusters[]; .exist)",
       "a target has no field \"exist\" | did you mean "
       "\"exists\"?"},
      {"route", ".clusters | map(.nmae) | length > 0", "\"nmae\" | did you mean \"name\"?"},
      {"route", "[.clusters[] | select(.hots == \"a\")] | length > 0", "\"hots\""},
      {"route", ".clusters[0].weigth > 1", "\"weigth\" | did you mean \"weight\"?"},
      {"route", ".\"retries\"[\"attempt\"] > 1", "\"attempt\" | did you mean \"attempts\"?"},
      {"route", ".virtual_host.domain | length > 1", "did you mean \"domains\"?"},
      {"route", ".retries?.attemps > 1", "\"attemps\""},
      {"route", ". as $r | any(.mirrors[]; .name == $r.nam)", "\"nam\""},
      {"route", ".match as {headrs: $h} | $h != null", "\"headrs\""},
      {"route", "if .owner.kindd == \"x\" then true else false end", "\"kindd\""},
      {"route", "reduce .clusters[] as $c (0; . + $c.wight) > 1", "\"wight\""},
      {"route", "has(\"timeouts\")", "\"timeouts\""},
      {"route", "{a: .nope} | .a", "\"nope\""},
      {"route", "\"\\(.nome)\" == \"x\"", "a route has no field \"nome\""},
      {"route", ".clusters | sort_by(.wait) | length > 1", "\"wait\""},
      {"route", "first(.clusters[]).nema == \"\"", "\"nema\""},
      {"route", ".clusters.name == \"a\"",
       ".name on .clusters, which is a list | write any(.clusters[]; .name), or .clusters[].name"},
      {"route", ".name.first == \"a\"", ".first on .name, which is a string"},
      {"route", "any(.name[]; . == \"a\")", "[] on .name, which is a string"},
      {"listener", ".filter_chains[-1].sni == \"\"", "\"sni\""},
      {"cluster", ".circuit_breakers.default.max_request > 1", "did you mean \"max_requests\"?"},
      {"policy", ".acton == \"ALLOW\"", "did you mean \"action\"?"},
  };
  for (const Case& item : cases) {
    INFO(item.when);
    const std::string error = load_error(rule_text(item.entity, item.when));
    INFO(error);
    CHECK(error.find(item.error) != std::string::npos);
  }
  CHECK(load_error(rule_text("route", "true", "in {virtual_hots.name}"))
            .find("message: a route has no field \"virtual_hots\"") != std::string::npos);
}

TEST_CASE("what the schema does not decide is no error", "[user]") {
  const std::vector<std::pair<std::string, std::string>> good = {
      {"route", ".raw.route.anything.at_all == 1"},
      {"route", ".raw[\"x\"].y? != null"},
      {"http_filter", ".config.rules.policies | length > 0"},
      {"route", ".clusters | map({n: .name, w: .weight}) | any(.n == \"x\" and .w > 1)"},
      {"route", "def heavy: .weight > 10; any(.clusters[]; heavy)"},
      {"route", "to_entries | map(.key) | index(\"raw\") != null"},
      {"route", "[.clusters[] | {key: .name, value: .weight}] | from_entries | .x == 1"},
      {"route",
       ".match.headers | map(select(.name == \":method\").value) | index(\"POST\") != null"},
      {"route", "select(.timeout_seconds == 0)"},
      {"route", ".name | test(\"^a.*b$\"; \"i\")"},
      {"route", "(.name | capture(\"(?<v>[0-9]+)\") | .v) == \"1\""},
      {"route", ".retries.attempts > 1 # a comment with .nope"},
      {"route", "any(.clusters[]; .host == \"a\") and all(.methods[]; . != \"POST\")"},
      {"route", ".name | split(\"-\")[3] | tonumber > 5"},
      {"route", "try error(\"x\") catch false"},
      {"route", "[.. | strings] | length > 1000"},
      {"route", "label $out | first(.clusters[]) | .weight > 2"},
      {"route", ".clusters[1:] | any(.weight > 1)"},
      {"route", "reduce .clusters[].weight as $w (0; . + $w) > 100"},
      {"route", "(.clusters | length) as $n | $n > 3"},
      {"route", ".clusters | group_by(.host) | map(length) | max > 1"},
      {"cluster", ".outlier_detection == null and (.total_endpoints // 0) > 3"},
      {"endpoint", ".metadata.filter_metadata.istio.workload == \"a\""},
  };
  for (const auto& [entity, when] : good) {
    INFO(when);
    CHECK(load_error(rule_text(entity, when)) == "no error");
  }
}

TEST_CASE("broken expressions are errors with file, line and hint", "[user]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {".name ==", "own.yaml:8: ACME001: when: syntax error, unexpected end of the expression"},
      {"true\nand\n(.name == \"a\"", "own.yaml:10: ACME001: when: syntax error"},
      {".name | startwith(\"a\")", "startwith/1 is not defined | did you mean \"startswith\"?"},
      {"$limit > 1", "$limit is not defined | this rule has no parameters"},
      {".name) or (true", "a \")\" closes nothing"},
      {".name", "when gives a string, not true or false | compare it"},
      {".timeout_seconds + 1", "when gives a number"},
      {".clusters[].exists", "when gives several values, not one | compare it, or wrap it in any"},
      {".clusters", "when gives a list, not true or false"},
      {".name - 1 > 2", "cannot be subtracted"},
      {"def f: f; f", "it used up its processor time"},
  };
  for (const auto& [when, expected] : cases) {
    INFO(when);
    const std::string error = load_error(rule_text("route", when));
    INFO(error);
    CHECK(error.find(expected) != std::string::npos);
  }
  const std::string parameters =
      "parameters: {most: {type: integer, default: 3, description: d}}\n";
  CHECK(load_error(rule_text("route", ".timeout_seconds > $mots", "m", parameters))
            .find("did you mean \"$most\"?") != std::string::npos);
  CHECK(load_error(rule_text("route", "true", "{.name |}")).find("message: syntax error") !=
        std::string::npos);
}

TEST_CASE("expressions reach neither files nor the environment nor time", "[user]") {
  for (const char* when :
       {"input == 1", "[inputs] == []", "env.HOME != null", "$ENV.HOME != null", "now > 0",
        "input_filename == null", "debug | true", "stderr | true", "halt", "\"\\(env)\" == \"\"",
        "import \"a\" as a; true", "include \"a\"; true", "\"a\" | modulemeta | true"}) {
    INFO(when);
    CHECK(load_error(rule_text("route", when)).find("a rule cannot use") != std::string::npos);
  }
  // The process that evaluates has nothing to give, either.
  setenv("XDSCOPE_TEST_SECRET", "1", 1);
  JqWorker worker({"env | has(\"XDSCOPE_TEST_SECRET\")", "$ENV | has(\"XDSCOPE_TEST_SECRET\")",
                   "input", "\"rules\" | modulemeta"});
  const std::string null = "null";
  for (std::size_t program = 0; program < 4; ++program) {
    const auto replies = worker.evaluate(program, std::span(&null, 1));
    REQUIRE(replies);
    REQUIRE(replies->size() == 1);
    INFO(program << " " << (*replies)[0].text);
    CHECK((*replies)[0].text != "[true]");
    if (program < 2) CHECK((*replies)[0].text == "[false]");
    if (program >= 2) CHECK((*replies)[0].kind != JqReply::Kind::kValue);
  }
}

TEST_CASE("a worker that ends is told from others and replaced", "[user]") {
  JqLimits limits;
  limits.cpu = std::chrono::milliseconds(300);
  limits.memory = 128UL * 1024 * 1024;
  JqWorker worker({".a", "last(range(1e18))", "[range(1e9)] | length", "error(\"no\")",
                   "\"a\" * 2000000000 | length", "reduce range(1e6) as $i (null; [.])",
                   "if .a == 1 then 5 else last(range(1e18)) end",
                   "if .a == 1 then 5 else [range(1e9)] | length end"},
                  limits);
  const std::vector<std::string> inputs = {R"({"a":1})", R"({"a":[2,null]})"};
  const auto kinds = [&](std::size_t program) {
    std::vector<JqReply::Kind> out;
    const auto replies = worker.evaluate(program, inputs);
    REQUIRE(replies);
    for (const JqReply& reply : *replies) out.push_back(reply.kind);
    return out;
  };
  using Kind = JqReply::Kind;
  for (int round = 0; round < 2; ++round) {
    const auto good = worker.evaluate(0, inputs);
    REQUIRE(good);
    REQUIRE(good->size() == 2);
    CHECK((*good)[0].text == "[1]");
    CHECK((*good)[1].text == "[[2,null]]");
    CHECK(kinds(1) == std::vector{Kind::kTimeout});
    const auto memory = kinds(2);
    CHECK((memory[0] == Kind::kMemory || memory[0] == Kind::kTimeout));
    CHECK(kinds(3) == std::vector{Kind::kError, Kind::kError});
  }
  // What was evaluated before is still told.
  CHECK(kinds(6) == std::vector{Kind::kValue, Kind::kTimeout});
  CHECK(kinds(7).size() == 2);
  // Whatever these do, this process goes on.
  CHECK(!kinds(4).empty());
  CHECK(!kinds(5).empty());
  CHECK(kinds(0) == std::vector{Kind::kValue, Kind::kValue});
}

TEST_CASE("a rule that fails is a finding about the rule", "[user]") {
  const std::string good = rule_text("cluster", ".name != \"\"");
  std::string second = good;
  second.replace(second.find("ACME001"), 7, "ACME002")
      .replace(second.find("acme-rule"), 9, "second");
  SECTION("an error of jq") {
    const Outcome outcome =
        run_on_rich(rule_text("cluster", "(.raw.name | tonumber) > 1") + "---\n" + second);
    const auto& first = outcome.findings[0];
    CHECK(first.rule == "ACME001");
    CHECK(first.severity == Severity::kWarning);
    CHECK(first.object == "rule ACME001 acme-rule");
    CHECK(first.message.starts_with("the rule cannot be evaluated on cluster "));
    CHECK(first.message.find("jq: ") != std::string::npos);
    CHECK(first.evidence);
    CHECK(std::count_if(outcome.findings.begin(), outcome.findings.end(),
                        [](const Finding& finding) { return finding.rule == "ACME001"; }) == 1);
    CHECK(outcome.findings.size() > 1);
  }
  SECTION("too long") {
    JqLimits limits;
    limits.cpu = std::chrono::milliseconds(300);
    const Outcome outcome = run_on_rich(
        rule_text("cluster", "if .name == \"sample\" then true else last(range(1e18)) > 1 end") +
            "---\n" + second,
        limits);
    CHECK(outcome.findings[0].rule == "ACME001");
    CHECK(outcome.findings[0].message.find("it used up its processor time") != std::string::npos);
    CHECK(outcome.findings.size() > 1);
  }
}

TEST_CASE("broken rule files are errors that say where", "[user]") {
  const auto with = [](std::string from, std::string to) {
    std::string text = rule_text("route", "true", "m", "tests: []\n");
    return text.replace(text.find(from), from.size(), to);
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "the file holds no rule"},
      {"- a\n", "a rule is a mapping"},
      {"id: [\n", "own.yaml"},
      {with("when:", "wenn:"), "a rule has no key \"wenn\" | did you mean \"when\"?"},
      {with("for: route", "for: rout"), "there is no entity \"rout\" | did you mean \"route\"?"},
      {with("for: route\n", ""), "a rule needs \"for\""},
      {with("message: 'm'\n", ""), "a rule needs \"message\""},
      {with("severity: warning", "severity: bad"), "severity is error, warning or info"},
      {with("summary: s\n", ""), "\"summary\" must be there"},
      {with("id: ACME001", "id: 'no good'"), "\"no good\" is no id or name"},
      {with("name: acme-rule", "name: default"), "means a set of rules"},
      {with("tests: []", "set: best"), "set is default, recommended or policy"},
      {with("tests: []", "roles: [king]"), "there is no role \"king\""},
      {with("tests: []", "inputs: [sun]"), "there is no input \"sun\""},
      {with("tests: []", "parameters: {a: 1}"), "parameter \"a\" is not an object"},
      {with("tests: []", "parameters: {a-b: {type: integer, default: 1, description: d}}"),
       "cannot be a variable of jq"},
      {with("message: 'm'", "message: 'a {name'"), "the message has a { without a }"},
      {with("message: 'm'", "message: 'a name}'"), "the message has a } without a {"},
      {with("message: 'm'", "message: 'a {}'"), "the message has empty braces"},
      {with("tests: []", "tests: [{rises: {entity: {}}}]"), "did you mean \"raises\"?"},
      {with("tests: []", "tests: [{name: a}]"), "a test has one of raises and quiet"},
      {with("tests: []", "tests: [{raises: {}}]"), "a test has one of entity, dump and file"},
      {with("tests: []", "tests: [{raises: {entity: {timeout: 1}}}]"),
       "a route has no field \"timeout\""},
      {with("tests: []", "tests: [{raises: {entity: {timeout_seconds: '1'}}}]"),
       "timeout_seconds is a number or null, not \"1\""},
      {with("tests: []", "tests: [{raises: {entity: {clusters: [{nam: a}]}}}]"),
       "a target has no field \"nam\""},
      {with("tests: []", "tests: [{parameters: {a: 1}, raises: {entity: {}}}]"),
       "has no parameter \"a\""},
  };
  for (const auto& [yaml, expected] : cases) {
    INFO(yaml);
    const std::string error = load_error(yaml);
    INFO(error);
    CHECK(error.find("own.yaml") != std::string::npos);
    CHECK(error.find(expected) != std::string::npos);
  }
}

namespace {

// A rule file in a folder of its own.
struct RuleFolder {
  explicit RuleFolder(const std::string& text) {
    path = fs::temp_directory_path() /
           ("xdscope_user_rules_" + std::to_string(std::hash<std::string>{}(text)));
    fs::create_directories(path);
    std::ofstream(path / "a.yaml") << text;
  }
  ~RuleFolder() { fs::remove_all(path); }
  fs::path path;
};

Result<LintResult> lint_with(const std::string& yaml, LintOptions options) {
  const RuleFolder folder(yaml);
  options.rule_files = {folder.path.string()};
  const auto snapshot = load_text(rich_dump(), "rich.yaml");
  REQUIRE(snapshot);
  const Index index(**snapshot);
  const Index* proxy = &index;
  return lint(std::span(&proxy, 1), options);
}

}  // namespace

TEST_CASE("own rules are linted like built-in ones", "[user]") {
  const std::string yaml =
      rule_text("cluster", ".circuit_breakers.default.max_retries < $most and .subset == \"v1\"",
                "{host} retries {$most}: {tls.mode}",
                "field: spec.trafficPolicy\n"
                "parameters: {most: {type: integer, default: 1, description: d}}\n");
  LintOptions options;
  options.select = {"ACME001"};
  auto result = lint_with(yaml, options);
  REQUIRE(result);
  CHECK(result->findings.empty());
  REQUIRE(result->rules.size() == 1);
  CHECK(result->rules[0].page.find("max_retries < $most") != std::string::npos);

  options.parameters["ACME001"]["most"] = std::int64_t{100};
  result = lint_with(yaml, options);
  REQUIRE(result);
  REQUIRE(result->findings.size() == 1);
  const Finding& finding = result->findings[0];
  CHECK(finding.message == "reviews.shop.svc.cluster.local retries 100: mutual");
  CHECK(finding.object == "cluster outbound|8080|v1|reviews.shop.svc.cluster.local");
  CHECK(finding.evidence.line > 1);
  CHECK(finding.remediation == "r");
  REQUIRE(finding.resource);
  CHECK(to_string(*finding.resource) == "DestinationRule shop/reviews");
  CHECK(finding.resource->field == "spec.trafficPolicy");

  options.suppressions.push_back({"ACME001", "cluster outbound*", "known", {}});
  result = lint_with(yaml, options);
  REQUIRE(result);
  CHECK(result->findings.empty());
  CHECK(result->suppressed.size() == 1);

  options.ignore = {"acme-rule"};
  result = lint_with(yaml, options);
  REQUIRE(result);
  CHECK(result->rules.empty());
}

TEST_CASE("ids and names of own rules are nobody else's", "[user]") {
  std::string yaml = rule_text("route", "true");
  auto result = lint_with(yaml + "---\n" + yaml, {});
  REQUIRE(!result);
  CHECK(text_of(result.error()).find("ACME001 acme-rule stands twice") != std::string::npos);
  yaml.replace(yaml.find("ACME001"), 7, "RT001");
  result = lint_with(yaml, {});
  REQUIRE(!result);
  CHECK(result.error().message == "RT001 gateway-blackhole-vhost is a rule of xdscope's own");
  CHECK(result.error().code == ErrorCode::kUsage);
}

TEST_CASE("a failed test shows the value of each part", "[user]") {
  const auto set =
      load(rule_text("route", ".timeout_seconds == 0 and any(.clusters[]; .exists)", "m",
                     "tests:\n"
                     "  - name: t\n"
                     "    raises: {entity: {timeout_seconds: 3, clusters: [{exists: "
                     "true}, {exists: false}]}}\n"
                     "  - quiet: {entity: {timeout_seconds: 0, clusters: [{exists: "
                     "true}]}}\n"));
  if (!set) FAIL(text_of(set.error()));
  const auto outcomes = run_tests(*set, Clock::time_point());
  REQUIRE(outcomes.size() == 2);
  CHECK(!outcomes[0].passed);
  CHECK(outcomes[0].reason == "it should raise the rule and does not");
  CHECK(outcomes[0].details ==
        std::vector<std::string>{"the entity:", "  .timeout_seconds == 0 -> false",
                                 "  any(.clusters[]; .exists) -> true", "  .timeout_seconds -> 3",
                                 "  .clusters[].exists -> true,false"});
  CHECK(outcomes[1].reason == "it should be quiet and raises: m");
  const auto untested = load(rule_text("route", "true"));
  REQUIRE(untested);
  const auto none = run_tests(*untested, Clock::time_point());
  REQUIRE(none.size() == 1);
  CHECK(!none[0].passed);
}

TEST_CASE("messages are text with expressions between braces", "[user]") {
  const std::string yaml = rule_text("cluster", ".subset == \"v1\"",
                                     "{{{name}}}: {.port + 1}, {owner}, {.zones}, {.raw.nothing}, "
                                     "{ {a: \"}\"} | .a }");
  const Outcome outcome = run_on_rich(yaml);
  REQUIRE(outcome.findings.size() == 1);
  CHECK(
      outcome.findings[0].message ==
      "{outbound|8080|v1|reviews.shop.svc.cluster.local}: 8081, "
      "{\"kind\":\"DestinationRule\",\"namespace\":\"shop\",\"name\":\"reviews\"}, eu/a, none, }");
}

}  // namespace xdscope::rules::user
