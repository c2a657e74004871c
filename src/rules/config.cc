#include "rules/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>

#include "base/text.h"
#include "base/try.h"
#include "input/yaml_to_json.h"
#include "rules/suggest.h"

namespace xdscope::rules {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::array<std::string_view, 9> kFields = {"select",     "ignore",       "severity",
                                                     "parameters", "suppressions", "rules",
                                                     "fail_on",    "show",         "baseline"};
constexpr std::array<std::string_view, 4> kSuppressionFields = {"rule", "resource", "reason",
                                                                "expires"};

// "2026-12-31".
std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
  const auto parts = split(text, '-');
  long numbers[3] = {};
  if (parts.size() != 3) return std::nullopt;
  for (std::size_t i = 0; i < 3; ++i) {
    if (!parse_decimal(parts[i], numbers[i])) return std::nullopt;
  }
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(numbers[0])),
                                        std::chrono::month(static_cast<unsigned>(numbers[1])),
                                        std::chrono::day(static_cast<unsigned>(numbers[2]))};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days(day);
}

class ConfigReader {
 public:
  explicit ConfigReader(const std::string& name) : name_(name) {}

  Result<Config> read(const Json& json) {
    Config config;
    if (json.is_null()) return config;
    if (!json.is_object()) return fault("the configuration is a mapping");
    XDSCOPE_TRY(check_keys(json, kFields, "the configuration"));
    LintOptions& options = config.options;
    XDSCOPE_TRY_ASSIGN(options.select, texts(json, "select"));
    XDSCOPE_TRY_ASSIGN(options.ignore, texts(json, "ignore"));
    XDSCOPE_TRY_ASSIGN(options.rule_files, texts(json, "rules"));
    for (std::string& path : options.rule_files) path = from_here(path);
    XDSCOPE_TRY(read_severities(json, options));
    XDSCOPE_TRY(read_parameters(json, options));
    XDSCOPE_TRY(read_suppressions(json, options));
    XDSCOPE_TRY(read_thresholds(json, config));
    XDSCOPE_TRY_ASSIGN(config.baseline, text(json, "baseline"));
    if (!config.baseline.empty()) config.baseline = from_here(config.baseline);
    return config;
  }

 private:
  std::unexpected<Error> fault(std::string what, std::string hint = {}) const {
    return fail(ErrorCode::kUsage, std::move(what), name_, std::move(hint));
  }

  std::string from_here(const std::string& path) const {
    return (fs::path(name_).parent_path() / path).string();
  }

  Result<void> check_keys(const Json& object, std::span<const std::string_view> known,
                          std::string_view of) const {
    for (auto it = object.begin(); it != object.end(); ++it) {
      if (std::find(known.begin(), known.end(), it.key()) == known.end()) {
        return fault(fmt::format("{} has no key \"{}\"", of, printable(it.key())),
                     did_you_mean(it.key(), known));
      }
    }
    return {};
  }

  Result<std::string> text(const Json& object, const char* key) const {
    const auto it = object.find(key);
    if (it == object.end() || it->is_null()) return std::string();
    if (!it->is_string()) return fault(fmt::format("{} must be a text", key));
    return it->get<std::string>();
  }

  Result<std::vector<std::string>> texts(const Json& object, const char* key) const {
    std::vector<std::string> list;
    const auto it = object.find(key);
    if (it == object.end() || it->is_null()) return list;
    if (it->is_string()) return std::vector<std::string>{it->get<std::string>()};
    const bool good = it->is_array() && std::all_of(it->begin(), it->end(), [](const Json& item) {
                        return item.is_string();
                      });
    if (!good) return fault(fmt::format("{} must be a list of texts", key));
    return it->get<std::vector<std::string>>();
  }

  Result<void> read_severities(const Json& json, LintOptions& options) const {
    const auto it = json.find("severity");
    if (it == json.end()) return {};
    if (!it->is_object()) return fault("severity maps rules to error, warning or info");
    for (auto item = it->begin(); item != it->end(); ++item) {
      const auto severity =
          item->is_string() ? parse_severity(item->get<std::string>()) : std::nullopt;
      if (!severity) {
        return fault(
            fmt::format("severity of {} must be error, warning or info", printable(item.key())));
      }
      options.severity[item.key()] = *severity;
    }
    return {};
  }

  Result<RuleParameter> parameter(const Json& json, const std::string& key) const {
    if (json.is_boolean()) return json.get<bool>();
    if (json.is_number_integer()) return json.get<std::int64_t>();
    if (json.is_number()) return json.get<double>();
    if (json.is_string()) return json.get<std::string>();
    if (json.is_array() &&
        std::all_of(json.begin(), json.end(), [](const Json& item) { return item.is_string(); })) {
      return json.get<std::vector<std::string>>();
    }
    return fault(fmt::format("parameter {} must be a scalar or a list of texts", printable(key)));
  }

  Result<void> read_parameters(const Json& json, LintOptions& options) const {
    const auto it = json.find("parameters");
    if (it == json.end()) return {};
    if (!it->is_object()) return fault("parameters maps rules to their parameters");
    for (auto rule = it->begin(); rule != it->end(); ++rule) {
      if (!rule->is_object()) {
        return fault(fmt::format("parameters of {} must be a mapping", printable(rule.key())));
      }
      for (auto item = rule->begin(); item != rule->end(); ++item) {
        XDSCOPE_TRY_ASSIGN(RuleParameter value, parameter(*item, item.key()));
        options.parameters[rule.key()][item.key()] = std::move(value);
      }
    }
    return {};
  }

  Result<void> read_suppressions(const Json& json, LintOptions& options) const {
    const auto it = json.find("suppressions");
    if (it == json.end() || it->is_null()) return {};
    if (!it->is_array()) return fault("suppressions is a list");
    for (const Json& item : *it) {
      if (!item.is_object()) return fault("a suppression is a mapping");
      XDSCOPE_TRY(check_keys(item, kSuppressionFields, "a suppression"));
      Suppression suppression;
      XDSCOPE_TRY_ASSIGN(suppression.rule, text(item, "rule"));
      XDSCOPE_TRY_ASSIGN(suppression.resource, text(item, "resource"));
      XDSCOPE_TRY_ASSIGN(suppression.reason, text(item, "reason"));
      XDSCOPE_TRY_ASSIGN(const std::string expires, text(item, "expires"));
      if (suppression.rule.empty()) return fault("a suppression needs a rule");
      if (suppression.reason.empty()) {
        return fault(
            fmt::format("the suppression of {} needs a reason", printable(suppression.rule)));
      }
      if (suppression.resource.empty()) suppression.resource = "*";
      if (!expires.empty()) {
        suppression.expires = parse_day(expires);
        if (!suppression.expires) {
          return fault(fmt::format("\"{}\" is no day", printable(expires)),
                       "write expires as 2026-12-31");
        }
      }
      options.suppressions.push_back(std::move(suppression));
    }
    return {};
  }

  Result<void> read_thresholds(const Json& json, Config& config) const {
    XDSCOPE_TRY_ASSIGN(const std::string fail_on, text(json, "fail_on"));
    if (!fail_on.empty()) {
      if (fail_on != "never" && !parse_severity(fail_on)) {
        return fault("fail_on is error, warning, info or never");
      }
      config.fail_on = fail_on;
    }
    XDSCOPE_TRY_ASSIGN(const std::string show, text(json, "show"));
    if (!show.empty()) {
      config.show = parse_severity(show);
      if (!config.show) return fault("show is error, warning or info");
    }
    return {};
  }

  const std::string& name_;
};

}  // namespace

Result<Config> parse_config(std::string_view yaml, const std::string& name) {
  auto json = yaml_to_json(yaml, name);
  if (!json) {
    Error error = json.error();
    error.code = ErrorCode::kUsage;
    return std::unexpected(std::move(error));
  }
  const std::string_view text = trim(json->view());
  if (text.empty()) return Config{};
  const Json parsed = Json::parse(text, nullptr, false);
  if (parsed.is_discarded()) {
    return fail(ErrorCode::kUsage, "the configuration is one YAML document", name);
  }
  return ConfigReader(name).read(parsed);
}

std::string find_config(const std::string& folder) {
  std::error_code error;
  fs::path at = fs::absolute(folder, error);
  if (error) return {};
  while (true) {
    for (const char* name : {".xdscope.yaml", ".xdscope.yml"}) {
      if (fs::is_regular_file(at / name, error)) return (at / name).string();
    }
    if (!at.has_parent_path() || at == at.parent_path()) return {};
    at = at.parent_path();
  }
}

}  // namespace xdscope::rules
