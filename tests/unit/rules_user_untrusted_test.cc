// Rule files come from others: what they must not be able to do.
#include <filesystem>
#include <fstream>

#include "rules/user/entity.h"
#include "rules/user/rule_test.h"
#include "support/catch.h"
#include "support/user_rules.h"
#include "xdscope/load.h"

namespace xdscope::rules::user {
namespace {

namespace fs = std::filesystem;

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

std::string checked(const std::string& when, ExpressionUse use = ExpressionUse::kTruth) {
  const ExpressionCheck check = check_expression(when, shape_of(EntityKind::kRoute), use);
  return check.fault ? check.fault->message : "no fault";
}

std::string judged(const std::string& when) {
  const auto set = load(rule_text("route", when));
  if (!set) return text_of(set.error());
  const std::string sample = sample_of(shape_of(EntityKind::kRoute));
  const auto verdicts = (*set)->evaluate(0, "{}", std::span(&sample, 1));
  if (verdicts.empty()) return "nothing";
  if (verdicts[0].fault) return *verdicts[0].fault;
  return verdicts[0].raised ? "raised" : "quiet";
}

// A folder with files, removed at the end.
struct Folder {
  Folder() : path(fs::temp_directory_path() / "xdscope_untrusted_rules") {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
  }
  fs::path path;
};

}  // namespace

TEST_CASE("an expression is nested as deep as there is stack for it", "[user]") {
  const std::size_t many = 20'000;
  for (const auto& [open, inside, close] :
       std::vector<std::array<std::string, 3>>{{"(", "true", ")"},
                                               {"[", "1", "]"},
                                               {"{a:", "1", "}"},
                                               {"-", "1", ""},
                                               {"try ", "1", ""},
                                               {"\"\\(", "1", ")\""},
                                               {"def f: ", "1", "; f"},
                                               {". as [", "$a", "] | 1"},
                                               {"1 // ", "1", ""},
                                               {". as $x | ", "1", ""},
                                               {"if 1 then ", "1", " else 2 end"},
                                               {"reduce ", ".[]", " as $x (0; 1)"},
                                               {"map(", "1", ")"},
                                               {"any(", "1", ")"},
                                               {"1 | ", "1", ""},
                                               {"1, ", "1", ""}}) {
    for (const std::size_t times : {many, many / 4, std::size_t{600}, std::size_t{210}}) {
      const std::string when = repeated(open, times) + inside + repeated(close, times);
      INFO(open << " " << times);
      const std::string fault = checked(when);
      CHECK((fault.find("nested deeper than") != std::string::npos ||
             fault.find("larger than 64 KiB") != std::string::npos || fault == "no fault"));
    }
  }
  CHECK(checked(repeated("(", 150) + "true" + repeated(")", 150)) == "no fault");
  CHECK(checked(repeated("(", 210) + "true" + repeated(")", 210)) ==
        "brackets are nested deeper than 200 levels");
  CHECK(checked("true # \n" + std::string(70'000, ' ')) == "the expression is larger than 64 KiB");
  CHECK(checked(std::string("true # \0 x", 10)) == "the expression has a zero byte");
}

TEST_CASE("names that a rule may not use cannot be hidden", "[user]") {
  for (const char* when :
       {". as $ x | now > 0", "$ ENV | true", "$ # c\n ENV | true", "$__loc__.line > 1",
        "$ __loc__ | true", "\"\\(1 # \"\n )\" | now | \"\\(1 #\"\n )\" | . == \"\"",
        "\"\\(\"\\(now)\")\" == \"\"", ". , def f: now; f", "[1, now, 2] | true",
        "{a: [1, now]} | true", "def now: 1; now > 0", "$xdscope_given | true", "1else now",
        "get_prog_origin == 1"}) {
    INFO(when);
    CHECK(checked(when).find("a rule cannot use") == 0);
  }
  for (const char* when : {"{now: 1} | .now == 1", "{a: 1, input: 2} | true", "{env} | true",
                           "\"now\" == \"input\"", "true # now"}) {
    INFO(when);
    CHECK(checked(when).find("a rule cannot use") == std::string::npos);
  }
}

TEST_CASE("the check follows jq's grammar", "[user]") {
  for (const char* good :
       {"{a: .owner | .kind} | .a == 1", "(.owner |= .kind) | true",
        "[(.clusters[0] as $x | (.owner as $x | $x.kind), $x.weight)] == []",
        "[reduce .clusters[] as $x (0; . + 1)] == [] or (.owner as $x | $x.kind == 1)",
        ".clusters[-1:] | map(.weight) | add > 1", "{a: 1, \"b\": .name | length} | .a == 1",
        "if .timeout_seconds == 1e3 then true else false end", ".clusters | length > 2"}) {
    INFO(good);
    CHECK(checked(good) == "no fault");
  }
  CHECK(checked("{a: .owner | .knd} | true") == "a owner has no field \"knd\"");
  CHECK(checked("(.owner |= .knd) | true") == "a owner has no field \"knd\"");
  CHECK(checked(".owner[\"\\(.nme)\"] == 1") == "a route has no field \"nme\"");
}

TEST_CASE("what an expression gives is true, false or a mistake", "[user]") {
  CHECK(judged("true") == "raised");
  CHECK(judged("{}") == "raised");
  CHECK(judged("false, empty") == "quiet");
  CHECK(judged("null") == "quiet");
  CHECK(judged("empty") == "quiet");
  CHECK(judged("true, true").find("when gives several values, not one") != std::string::npos);
  CHECK(judged("true, []").find("when gives several values, not one") != std::string::npos);
  CHECK(judged("1").find("when gives a number, not true or false") != std::string::npos);
  CHECK(judged("[1]").find("when gives a list, not true or false") != std::string::npos);
  CHECK(judged("true, error(\"later\")") == "jq: later");
  CHECK(judged("true # a comment") == "raised");
  CHECK(judged("def f: true; f") == "raised");
}

TEST_CASE("what an expression says is as long as a report can hold", "[user]") {
  const std::string sample = sample_of(shape_of(EntityKind::kRoute));
  const auto long_message = load(rule_text("route", "true", "{\"x\" * 1000000}"));
  if (!long_message) FAIL(text_of(long_message.error()));
  const auto verdicts = (*long_message)->evaluate(0, "{}", std::span(&sample, 1));
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].raised);
  CHECK(verdicts[0].message == std::string(4000, 'x') + "…");

  const std::string fault = judged("error(\"é\" * 100000)");
  CHECK(fault.size() < 2100);
  CHECK(fault.ends_with("é…"));
}

TEST_CASE("a worker that runs out of stack is no riddle", "[user]") {
  JqWorker worker({"if .a < 3 then .a else reduce range(1e6) as $i (null; [.]) end", ".a"});
  const std::vector<std::string> inputs = {R"({"a":1})", R"({"a":2})", R"({"a":3})", R"({"a":1})"};
  const auto replies = worker.evaluate(0, inputs);
  REQUIRE(replies);
  REQUIRE(replies->size() == 3);  // it is known which one it was
  CHECK((*replies)[1].text == "[2]");
  CHECK((*replies)[2].kind == JqReply::Kind::kCrash);
  const auto next = worker.evaluate(1, inputs);
  REQUIRE(next);
  CHECK(next->size() == 4);
}

TEST_CASE("a program has so much time in all", "[user]") {
  JqLimits limits;
  limits.cpu = std::chrono::milliseconds(500);
  limits.total = std::chrono::milliseconds(100);
  JqWorker worker({"reduce range(300000) as $i (0; . + 1)", "1"}, limits);
  const std::vector<std::string> inputs = {"1", "1"};
  int evaluated = 0;
  for (int i = 0; i < 20; ++i) {
    const auto replies = worker.evaluate(0, inputs);
    REQUIRE(replies);
    if (replies->front().kind == JqReply::Kind::kTimeout) break;
    ++evaluated;
  }
  CHECK(evaluated < 20);
  const auto other = worker.evaluate(1, inputs);
  REQUIRE(other);
  CHECK(other->size() == 2);
}

TEST_CASE("the rule whose program brings the compiler down is named", "[user]") {
  // libjq's compiler takes time that grows with the square.
  JqLimits limits;
  limits.compile = std::chrono::milliseconds(700);
  JqWorker worker({"1", repeated("1,", 30'000) + "1", "2"}, limits);
  const auto errors = worker.compile();
  REQUIRE(errors);
  CHECK((*errors)[0].empty());
  CHECK(!(*errors)[1].empty());
  CHECK((*errors)[2].empty());
}

TEST_CASE("all entities that a rule fails on are counted", "[user]") {
  const auto set = load(rule_text("cluster", "(.raw.name | tonumber) > 1"));
  if (!set) FAIL(text_of(set.error()));
  const auto snapshot = load_text(rich_dump(), "rich.yaml");
  REQUIRE(snapshot);
  const Index index(**snapshot);
  const Index* proxy = &index;
  const std::vector<Rule> rules = engine_rules(*set);
  const std::vector<Task> tasks = {{&rules[0], {}, {}}};
  const Outcome outcome = run(tasks, std::span(&proxy, 1), Clock::time_point());
  REQUIRE(outcome.findings.size() == 1);
  CHECK(outcome.findings[0].message.find(" more like it)") != std::string::npos);
}

TEST_CASE("a rule's own texts are harmless where they are shown", "[user]") {
  std::string yaml = rule_text("route", "true # \x1b[31m ``` end");
  yaml.replace(yaml.find("summary: s"), 10, "summary: \"\\e[31mred\\n# heading\"");
  const auto rules = parse_rules(yaml, "own.yaml");
  if (!rules) {
    // YAML does not allow the character in a block.
    CHECK(text_of(rules.error()).find("own.yaml") != std::string::npos);
    yaml.replace(yaml.find('\x1b'), 1, "x");
  }
  const auto set = load(yaml);
  if (!set) FAIL(text_of(set.error()));
  const Rule rule = engine_rules(*set)[0];
  CHECK(rule.card.summary == "\\x1b[31mred # heading");
  CHECK(rule.page.find('\x1b') == std::string::npos);
  CHECK(rule.page.find("\n````jq\n") != std::string::npos);
}

TEST_CASE("values of the wrong type in a rule file are told", "[user]") {
  const auto with = [](const std::string& more) {
    return load_error(rule_text("route", "true", "m", more));
  };
  const std::string parameter = "parameters: {most: {type: integer, default: 1, description: d}}\n";
  CHECK(with(parameter + "tests: [{parameters: {most: many}, raises: {entity: {}}}]\n")
            .find("parameter \"most\" is of type integer") != std::string::npos);
  CHECK(with(parameter + "tests: [{parameters: [most], raises: {entity: {}}}]\n")
            .find("parameters maps names to values") != std::string::npos);
  CHECK(with("tests: [{message: 5, raises: {entity: {}}}]\n").find("a message is a text") !=
        std::string::npos);
  CHECK(with("tests: {a: 1}\n").find("tests is a list") != std::string::npos);
  CHECK(with("inputs: endpoints\n").find("inputs is a list of texts") != std::string::npos);
  CHECK(with("field: [a]\n").find("field is a text") != std::string::npos);
  for (const char* name : {"if", "ENV", "__loc__", "xdscope_given"}) {
    CHECK(with("parameters: {" + std::string(name) +
               ": {type: integer, default: 1, description: d}}\n")
              .find("cannot be a variable of jq") != std::string::npos);
  }
}

TEST_CASE("a test reads files only, and a folder's rules are its files", "[user]") {
  const Folder folder;
  folder.write("a.yaml", rule_text("route", "true", "m", "tests: [{raises: {file: /dev/zero}}]\n"));
  fs::create_directories(folder.path / "b.yaml");
  const std::string path = folder.path.string();
  const auto set = load_user_rules(std::span(&path, 1), {});
  if (!set) FAIL(text_of(set.error()));
  const auto outcomes = run_tests(*set, Clock::time_point());
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].reason == "/dev/zero is no file and no folder");
}

TEST_CASE("what is read of a cluster that is broken is not known", "[user]") {
  const auto targets = [](std::string_view type) {
    const std::string dump =
        R"({"configs":[{"@type":"type.googleapis.com/envoy.admin.v3.ClustersConfigDump",)"
        R"("static_clusters":[{"cluster":{"name":"c","type":)" +
        std::string(type) +
        R"(}}]},{"@type":"type.googleapis.com/envoy.admin.v3.RoutesConfigDump",)"
        R"("static_route_configs":[{"route_config":{"name":"r","virtual_hosts":[{"name":"v",)"
        R"("domains":["*"],"routes":[{"match":{"prefix":"/"},"route":{"cluster":"c"}}]}]}}]}]})";
    const auto snapshot = load_text(dump, "r.json");
    REQUIRE(snapshot);
    const Index index(**snapshot);
    const Card card;
    const RuleContext context({&index, &card, nullptr, Clock::time_point(), nullptr, {}, {}});
    std::string text;
    Needs needs;
    for (const char* field : {"exists", "type", "tls_mode"}) needs.member("clusters").member(field);
    for_each_entity(EntityKind::kRoute, context, {needs, false},
                    [&](const Entity& entity) { text += entity.json; });
    return text;
  };
  CHECK(targets("\"EDS\"") == R"({"clusters":[{"exists":true,"type":"EDS","tls_mode":"none"}]})");
  CHECK(targets("[5]") == R"({"clusters":[{"exists":true,"type":null,"tls_mode":null}]})");
}

TEST_CASE("a route without mirrors of its own has those of what holds it", "[user]") {
  const auto mirrors = [](std::string_view host, std::string_view config) {
    const std::string dump =
        "{\"@type\":\"type.googleapis.com/"
        "envoy.config.route.v3.RouteConfiguration\",\"name\":\"r\","
        "\"virtual_hosts\":[{\"name\":\"v\",\"domains\":[\"*\"]" +
        std::string(host) +
        ",\"routes\":[{\"match\":{\"prefix\":\"/\"},\"route\":{\"cluster\":\"c\"}}]}]" +
        std::string(config) + "}";
    const auto snapshot = load_text(dump, "r.json");
    REQUIRE(snapshot);
    const Index index(**snapshot);
    const Card card;
    const RuleContext context({&index, &card, nullptr, Clock::time_point(), nullptr, {}, {}});
    std::string text;
    Needs needs;
    needs.member("mirrors").member("name");
    for_each_entity(EntityKind::kRoute, context, {needs, false},
                    [&](const Entity& entity) { text += entity.json; });
    return text;
  };
  const std::string_view own = ",\"request_mirror_policies\":[{\"cluster\":\"h\"}]";
  const std::string_view outer = ",\"request_mirror_policies\":[{\"cluster\":\"o\"}]";
  CHECK(mirrors("", "") == R"({"mirrors":[]})");
  CHECK(mirrors(own, "") == R"({"mirrors":[{"name":"h"}]})");
  CHECK(mirrors("", outer) == R"({"mirrors":[{"name":"o"}]})");
  CHECK(mirrors(own, outer) == R"({"mirrors":[{"name":"h"}]})");
}

}  // namespace xdscope::rules::user
