// Only what an expression can read is made of an entity: that must make no difference.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

#include "rules/user/entity.h"
#include "support/catch.h"
#include "support/user_rules.h"
#include "xdscope/load.h"

namespace xdscope::rules::user {
namespace {

// The members at the top that are made for an expression.
std::string made_for(std::string_view when, EntityKind kind = EntityKind::kRoute) {
  const ExpressionCheck check = check_expression(when, shape_of(kind), ExpressionUse::kTruth);
  if (check.fault) return check.fault->message;
  std::string names;
  bool all = true;
  for (const Field& field : shape_of(kind).fields) {
    if (!check.needs.wants(field.name)) {
      all = false;
      continue;
    }
    names += (names.empty() ? "" : " ") + std::string(field.name);
  }
  return all ? "all" : names;
}

// Expressions at random, most of them without sense.
class Expressions {
 public:
  explicit Expressions(unsigned seed) : random_(seed) {}

  std::string next(int depth) {
    static const std::vector<std::string> kLeaves = {".",
                                                     ".name",
                                                     ".clusters",
                                                     ".clusters[]",
                                                     ".owner",
                                                     ".retries",
                                                     "$r",
                                                     ".match",
                                                     "..",
                                                     ".listeners",
                                                     "1",
                                                     "\"a\"",
                                                     "null",
                                                     "true",
                                                     ".raw",
                                                     ".methods",
                                                     ".direction",
                                                     ".virtual_host",
                                                     ".host",
                                                     ".[\"owner\"]",
                                                     ".tls",
                                                     ".services[]",
                                                     ".subset",
                                                     ".kind",
                                                     ".weight",
                                                     ".[\"na\" + \"me\"]",
                                                     "getpath([\"owner\"])",
                                                     "@json",
                                                     "keys",
                                                     "length"};
    static const std::vector<std::string> kForms = {"(A | B)",
                                                    "(A | B)",
                                                    "(A | B)",
                                                    "[A]",
                                                    "(A, B)",
                                                    "{a: A}",
                                                    "{a: A | B}",
                                                    "{name, b: A}",
                                                    "{(A | tojson): B}",
                                                    "(A == B)",
                                                    "(A // B)",
                                                    "(A and B)",
                                                    "any(A; B)",
                                                    "(A | any(B))",
                                                    "(A | map(B))",
                                                    "(A | select(B))",
                                                    "(A | length)",
                                                    "(A | tojson)",
                                                    "(A | keys)",
                                                    "first(A)",
                                                    "(A | first)",
                                                    "limit(2; A)",
                                                    "(A as $r | B)",
                                                    "(A as {name: $r} | B)",
                                                    "(A as [$r] | B)",
                                                    "(A as {(B | tojson): $r} | C)",
                                                    "(reduce A as $r (B; C))",
                                                    "[foreach A as $r (B; C)]",
                                                    "(if A then B else C end)",
                                                    "(try A catch B)",
                                                    "(def f: A; B | f)",
                                                    "(def f(g): A | g; f(B))",
                                                    "(def f($r): A; f(B))",
                                                    "(A | sort_by(B))",
                                                    "(A | group_by(B))",
                                                    "(A | min_by(B))",
                                                    "(A | unique_by(B))",
                                                    "(A | .[0])",
                                                    "(A | .[1:])",
                                                    "(A | .[B])",
                                                    "(A | .name)",
                                                    "(A | .host)",
                                                    "(A |= B)",
                                                    "(A | to_entries)",
                                                    "(A | del(.name))",
                                                    "\"x\\(A)\"",
                                                    "(A | has(\"name\"))",
                                                    "(A | contains(B))",
                                                    "isempty(A)",
                                                    "(A | IN(B))",
                                                    "(A | max)",
                                                    "(A | sort)",
                                                    "-(A)",
                                                    "(. as $q | A | $q | B)",
                                                    "(label $out | A | B, break $out)",
                                                    "[path(A)]",
                                                    "(A | reverse)",
                                                    "(A | values)",
                                                    "(A | not)",
                                                    "(A | map_values(B))",
                                                    "(A | with_entries(B))",
                                                    "(A | recurse(B; false))",
                                                    "[A | limit(3; recurse)]",
                                                    "(A | flatten)",
                                                    "(A | add)",
                                                    "(A | index(B))",
                                                    "(A + B)",
                                                    "(A - B)",
                                                    "[A | .[]?]",
                                                    "((A).name?)",
                                                    "(A | .name = B)"};
    if (depth == 0 || pick(4) == 0) return kLeaves[pick(kLeaves.size())];
    std::string out;
    for (const char c : kForms[pick(kForms.size())]) {
      if (c == 'A' || c == 'B' || c == 'C') {
        out += next(depth - 1);
      } else {
        out += c;
      }
    }
    return "(" + out + ")";
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }
  std::mt19937 random_;
};

std::vector<std::string> entities(EntityKind kind, const RuleContext& context, const Needs& needs,
                                  bool raw) {
  std::vector<std::string> out;
  for_each_entity(kind, context, {needs, raw}, [&](const Entity& entity) {
    if (out.size() < 3) out.push_back(entity.json);
  });
  return out;
}

}  // namespace

TEST_CASE("an entity is made as far as an expression can read it", "[user]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {".timeout_seconds == 0", "timeout_seconds"},
      {".direction != \"inbound\" and any(.clusters[]; .host == \"a\")", "clusters direction"},
      {"select(.timeout_seconds == 0)", "timeout_seconds"},
      {".clusters | length > 1", "clusters"},
      {". as $r | any(.clusters[]; .host == $r.name)", "name clusters"},
      {"\"\\(.name)\" == \"\"", "name"},
      {"[.owner.kind, .name] | length > 1", "name owner"},
      {".[\"na\" + \"me\"] == 1", "all"},
      {"tojson | length > 1", "all"},
      {"def f: .name; f == \"\"", "all"},
      {"[..] | length > 1", "all"},
      {"to_entries | length > 1", "all"},
      {". == 1", "all"},
      {"(.name = 1) | .x == 1", "all"},
      {"[limit(1; .)] | tojson == \"\"", "all"},
      {"$unknown | .name == 1", ""},
      {". as {(\"name\"): $n} | $n == 1", "all"},
      {".clusters[0].name as $n | def f: $n; .owner | f == 1", "clusters owner"},
      {"1 + def f: .name; f", "all"},
  };
  for (const auto& [when, expected] : cases) {
    INFO(when);
    CHECK(made_for(when) == expected);
  }
  const ExpressionCheck check = check_expression(
      "any(.clusters[]; .host == \"a\")", shape_of(EntityKind::kRoute), ExpressionUse::kTruth);
  CHECK(check.needs.of("clusters").wants("host"));
  CHECK(!check.needs.of("clusters").wants("total_endpoints"));
}

// XDSCOPE_EXPRESSIONS=100000 tries more of them.
TEST_CASE("what is left out of an entity makes no difference", "[user]") {
  const auto snapshot = load_text(rich_dump(), "rich.yaml");
  REQUIRE(snapshot);
  const Index index(**snapshot);
  const Card card;
  const RuleContext context({&index, &card, nullptr, Clock::time_point(), nullptr, {}, {}});
  const char* wanted = std::getenv("XDSCOPE_EXPRESSIONS");
  const int rounds = (wanted == nullptr ? 1000 : std::atoi(wanted)) / 50;
  Expressions expressions(1);
  int narrowed = 0;
  for (int round = 0; round < rounds; ++round) {
    const EntityKind kind =
        std::array{EntityKind::kRoute, EntityKind::kCluster,
                   EntityKind::kVirtualHost}[static_cast<std::size_t>(round) % 3];
    std::vector<std::string> programs;
    std::vector<ExpressionCheck> checks;
    for (int i = 0; i < 50; ++i) {
      const std::string text = ".clusters? as $r | " + expressions.next(3);
      ExpressionCheck check = check_expression(text, shape_of(kind), ExpressionUse::kValue);
      if (check.fault) continue;
      programs.push_back(text);
      checks.push_back(std::move(check));
    }
    JqWorker worker(programs);
    const auto errors = worker.compile();
    REQUIRE(errors);
    REQUIRE(std::all_of(errors->begin(), errors->end(),
                        [](const auto& error) { return error.empty(); }));
    for (std::size_t i = 0; i < programs.size(); ++i) {
      const bool raw = programs[i].find("raw") != std::string::npos;
      const auto whole = entities(kind, context, Needs::everything(), raw);
      const auto made = entities(kind, context, checks[i].needs, raw);
      if (whole == made) continue;
      ++narrowed;
      INFO(programs[i]);
      const auto expected = worker.evaluate(i, whole);
      const auto got = worker.evaluate(i, made);
      REQUIRE(expected);
      REQUIRE(got);
      REQUIRE(expected->size() == got->size());
      for (std::size_t k = 0; k < got->size(); ++k) {
        INFO(made[k]);
        CHECK((*expected)[k].kind == (*got)[k].kind);
        // An error may show the value that it is about.
        if ((*got)[k].kind == JqReply::Kind::kValue) CHECK((*expected)[k].text == (*got)[k].text);
      }
    }
  }
  CHECK(narrowed > rounds);
}

}  // namespace xdscope::rules::user
