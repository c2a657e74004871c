#include "rules/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/try.h"
#include "rules/suggest.h"

namespace xdscope {

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "info";
}

std::optional<Severity> parse_severity(std::string_view text) {
  if (text == "info") return Severity::kInfo;
  if (text == "warning" || text == "warn") return Severity::kWarning;
  if (text == "error") return Severity::kError;
  return std::nullopt;
}

std::string to_string(const KubernetesResource& resource) {
  if (!resource) return {};
  if (resource.name.empty()) return resource.kind;
  return resource.namespace_.empty()
             ? fmt::format("{} {}", resource.kind, resource.name)
             : fmt::format("{} {}/{}", resource.kind, resource.namespace_, resource.name);
}

}  // namespace xdscope

namespace xdscope::rules {
namespace {

using Json = nlohmann::json;

struct InputInfo {
  Input input;
  std::string_view name;
  std::string_view how;
};
constexpr std::array kInputs = {
    InputInfo{Input::kBootstrap, "bootstrap", "take the whole /config_dump"},
    InputInfo{Input::kListeners, "listeners", "take the whole /config_dump"},
    InputInfo{Input::kRoutes, "routes", "take the whole /config_dump"},
    InputInfo{Input::kClusters, "clusters", "take the whole /config_dump"},
    InputInfo{Input::kEndpoints, "endpoints",
              "take the dump with ?include_eds, or add /clusters?format=json"},
    InputInfo{Input::kSecrets, "secrets", "take the whole /config_dump"},
    InputInfo{Input::kExtensions, "extensions", "take the whole /config_dump"},
    InputInfo{Input::kClusterStatuses, "cluster_statuses", "add /clusters?format=json"},
    InputInfo{Input::kCertificates, "certificates", "add /certs"},
    InputInfo{Input::kServerInfo, "server_info", "add /server_info"},
    InputInfo{Input::kStats, "stats", "add /stats?format=json"},
};

const InputInfo& info_of(Input input) {
  return *std::find_if(kInputs.begin(), kInputs.end(),
                       [&](const InputInfo& info) { return info.input == input; });
}

Section section_of(Input input) {
  switch (input) {
    case Input::kBootstrap:
      return Section::kBootstrap;
    case Input::kListeners:
      return Section::kListeners;
    case Input::kRoutes:
      return Section::kRoutes;
    case Input::kClusters:
      return Section::kClusters;
    case Input::kEndpoints:
      return Section::kEndpoints;
    case Input::kSecrets:
      return Section::kSecrets;
    case Input::kExtensions:
      return Section::kEcds;
    case Input::kClusterStatuses:
      return Section::kClusterStatuses;
    case Input::kCertificates:
      return Section::kCertificates;
    case Input::kServerInfo:
      return Section::kServerInfo;
    case Input::kStats:
      return Section::kStats;
  }
  return Section::kBootstrap;
}

constexpr std::array<std::string_view, 11> kCardFields = {
    "id",         "name", "severity",   "set",     "roles",      "inputs",
    "inputs_any", "uses", "parameters", "summary", "remediation"};
constexpr std::array<std::string_view, 3> kParameterFields = {"type", "default", "description"};

class CardReader {
 public:
  CardReader(Json json, std::string name) : json_(std::move(json)), name_(std::move(name)) {}

  Result<Card> read() {
    if (!json_.is_object()) return fault("a card is an object");
    XDSCOPE_TRY(check_fields(json_, kCardFields, "a rule's card"));
    Card card;
    for (auto [key, target] : {std::pair{"id", &card.id},
                               {"name", &card.name},
                               {"summary", &card.summary},
                               {"remediation", &card.remediation}}) {
      XDSCOPE_TRY_ASSIGN(*target, text(key));
    }
    XDSCOPE_TRY_ASSIGN(const std::string severity_text, text("severity"));
    const auto severity = parse_severity(severity_text);
    if (!severity) return fault("severity is error, warning or info");
    card.severity = *severity;
    XDSCOPE_TRY_ASSIGN(card.set, read_set());
    XDSCOPE_TRY_ASSIGN(card.roles, read_roles());
    XDSCOPE_TRY_ASSIGN(card.inputs, read_inputs("inputs"));
    XDSCOPE_TRY_ASSIGN(card.inputs_any, read_inputs("inputs_any"));
    XDSCOPE_TRY_ASSIGN(card.uses, read_inputs("uses"));
    const Json parameters = json_.value("parameters", Json::object());
    for (const auto& [key, value] : parameters.items()) {
      XDSCOPE_TRY_ASSIGN(Parameter parameter, read_parameter(key, value));
      card.parameters.emplace(key, std::move(parameter));
    }
    return card;
  }

 private:
  std::unexpected<Error> fault(std::string what, std::string hint = {}) const {
    return fail(ErrorCode::kUsage, std::move(what), name_, std::move(hint));
  }

  Result<void> check_fields(const Json& object, std::span<const std::string_view> known,
                            std::string_view of) const {
    for (const auto& [key, value] : object.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        return fault(fmt::format("{} has no field \"{}\"", of, key), did_you_mean(key, known));
      }
    }
    return {};
  }

  Result<std::string> text(const char* key) const {
    const auto it = json_.find(key);
    if (it == json_.end() || !it->is_string() || it->get_ref<const std::string&>().empty()) {
      return fault(fmt::format("the field \"{}\" must be there, as a text", key));
    }
    return it->get<std::string>();
  }

  Result<RuleSet> read_set() const {
    XDSCOPE_TRY_ASSIGN(const std::string name, text("set"));
    for (const RuleSet set : {RuleSet::kDefault, RuleSet::kRecommended, RuleSet::kPolicy}) {
      if (rule_set_name(set) == name) return set;
    }
    return fault("set is default, recommended or policy");
  }

  Result<std::set<Role>> read_roles() const {
    std::set<Role> roles;
    for (const Json& item : json_.value("roles", Json::array())) {
      const std::string name = item.is_string() ? item.get<std::string>() : "";
      bool known = false;
      for (const Role role : {Role::kUnknown, Role::kSidecar, Role::kGateway, Role::kWaypoint,
                              Role::kZtunnel, Role::kEnvoy}) {
        if (role_name(role) != name) continue;
        roles.insert(role);
        known = true;
      }
      if (!known) return fault(fmt::format("there is no role \"{}\"", name));
    }
    return roles;
  }

  Result<std::set<Input>> read_inputs(const char* key) const {
    std::set<Input> inputs;
    for (const Json& item : json_.value(key, Json::array())) {
      const std::string name = item.is_string() ? item.get<std::string>() : "";
      const auto input = parse_input(name);
      if (!input) return fault(fmt::format("there is no input \"{}\"", name));
      inputs.insert(*input);
    }
    return inputs;
  }

  Result<Parameter> read_parameter(const std::string& key, const Json& json) const {
    const auto broken = [&](std::string_view what) {
      return fault(fmt::format("parameter \"{}\" {}", key, what));
    };
    if (!json.is_object()) return broken("is not an object");
    XDSCOPE_TRY(check_fields(json, kParameterFields, "a parameter"));
    const auto type = json.find("type");
    const auto value = json.find("default");
    const auto description = json.find("description");
    if (type == json.end() || value == json.end() || description == json.end() ||
        !description->is_string()) {
      return broken("needs a type, a default and a description");
    }
    Parameter parameter;
    parameter.description = description->get<std::string>();
    if (*type == "boolean" && value->is_boolean()) {
      parameter.type = Parameter::Type::kBoolean;
      parameter.default_value = value->get<bool>();
    } else if (*type == "integer" && value->is_number_integer()) {
      parameter.type = Parameter::Type::kInteger;
      parameter.default_value = value->get<std::int64_t>();
    } else if (*type == "number" && value->is_number()) {
      parameter.type = Parameter::Type::kNumber;
      parameter.default_value = value->get<double>();
    } else if (*type == "string" && value->is_string()) {
      parameter.type = Parameter::Type::kString;
      parameter.default_value = value->get<std::string>();
    } else if (*type == "strings" && value->is_array() &&
               std::all_of(value->begin(), value->end(),
                           [](const Json& item) { return item.is_string(); })) {
      parameter.type = Parameter::Type::kStrings;
      parameter.default_value = value->get<std::vector<std::string>>();
    } else {
      return broken(
          "has no type of boolean, integer, number, string or strings that fits its default");
    }
    return parameter;
  }

  Json json_;
  std::string name_;
};

}  // namespace

std::string_view input_name(Input input) { return info_of(input).name; }

std::optional<Input> parse_input(std::string_view name) {
  for (const InputInfo& info : kInputs) {
    if (info.name == name) return info.input;
  }
  return std::nullopt;
}

bool has_input(const Snapshot& snapshot, Input input) {
  if (input == Input::kEndpoints && snapshot.has(Section::kClusterStatuses)) return true;
  return snapshot.has(section_of(input));
}

std::string_view how_to_get(Input input) { return info_of(input).how; }

std::string_view rule_set_name(RuleSet set) {
  switch (set) {
    case RuleSet::kDefault:
      return "default";
    case RuleSet::kRecommended:
      return "recommended";
    case RuleSet::kPolicy:
      return "policy";
  }
  return "policy";
}

std::string_view parameter_type_name(Parameter::Type type) {
  switch (type) {
    case Parameter::Type::kBoolean:
      return "boolean";
    case Parameter::Type::kInteger:
      return "integer";
    case Parameter::Type::kNumber:
      return "number";
    case Parameter::Type::kString:
      return "string";
    case Parameter::Type::kStrings:
      return "strings";
  }
  return "string";
}

Result<Card> parse_card(std::string_view json, const std::string& name) {
  Json parsed = Json::parse(json, nullptr, false, true);
  if (parsed.is_discarded()) return fail(ErrorCode::kUsage, "not JSON", name);
  return CardReader(std::move(parsed), name).read();
}

}  // namespace xdscope::rules
