// A rule's card: all that is known about a rule besides its logic. Cards of built-in rules stand in
// rules/ID-name/rule.json, those of a user's rules in YAML files with the same fields.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "xdscope/error.h"
#include "xdscope/finding.h"
#include "xdscope/snapshot.h"

namespace xdscope::rules {

// What a rule reads. kEndpoints is EndpointsConfigDump or /clusters, whichever is there.
enum class Input {
  kBootstrap,
  kListeners,
  kRoutes,
  kClusters,
  kEndpoints,
  kSecrets,
  kExtensions,       // EcdsConfigDump
  kClusterStatuses,  // /clusters
  kCertificates,     // /certs
  kServerInfo,       // /server_info
  kStats,            // /stats
};
std::string_view input_name(Input input);  // "cluster_statuses"
std::optional<Input> parse_input(std::string_view name);
bool has_input(const Snapshot& snapshot, Input input);
// How to take it: "take the dump with ?include_eds".
std::string_view how_to_get(Input input);

// default: what is broken or unsafe by construction. recommended: likely outages and weak spots.
// policy: what only some want. The first two run unless something else is selected.
enum class RuleSet { kDefault, kRecommended, kPolicy };
std::string_view rule_set_name(RuleSet set);

using ParameterValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

struct Parameter {
  enum class Type { kBoolean, kInteger, kNumber, kString, kStrings };
  Type type = Type::kString;
  ParameterValue default_value;
  std::string description;
};
std::string_view parameter_type_name(Parameter::Type type);

struct Card {
  std::string id;
  std::string name;
  Severity severity = Severity::kWarning;
  RuleSet set = RuleSet::kRecommended;
  std::set<Role> roles;        // empty: any; kUnknown among them: also where the role is not known
  std::set<Input> inputs;      // without one of these the rule cannot be evaluated
  std::set<Input> inputs_any;  // without all of these it cannot be evaluated either
  std::set<Input> uses;        // read where they are there
  std::map<std::string, Parameter, std::less<>> parameters;
  std::string summary;      // one sentence
  std::string remediation;  // for findings that bring none of their own
};

// Reads a card; `name` is the file, for messages. Unknown fields are errors.
Result<Card> parse_card(std::string_view json, const std::string& name);

}  // namespace xdscope::rules
