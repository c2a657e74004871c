// JWT authentication (envoy: source/extensions/filters/http/jwt_authn).
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <unordered_map>

#include "base/text.h"
#include "trace/http_filters/http_filter.h"
#include "trace/jwt.h"
#include "trace/jwt_rules.h"
#include "trace/metadata.h"

namespace xdscope::trace {
namespace {

// One provider: where its tokens are, and what they must say.
struct Provider {
  std::string_view name;
  json::Value config;
  std::optional<JwtKeys> keys;  // nothing for remote keys
};

struct Found {
  std::string token;
};

// What verifying came to. Provider payloads to leave as metadata, where it was good.
struct Verified {
  JwtStatus status = JwtStatus::kOk;
  std::vector<std::pair<const Provider*, std::string>> payloads;
};

// The run of characters that a token may have, from `after` on (envoy: extractJWT).
std::string_view cut_token(std::string_view text, std::size_t after) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  const auto begin = text.find_first_of(kAllowed, after);
  if (begin == text.npos) return text;
  return text.substr(begin, text.find_first_not_of(kAllowed, begin) - begin);
}

std::optional<std::string> query_value(const HttpRequest& request, std::string_view name) {
  for (const std::string_view pair : split(request.query(), '&')) {
    const auto equals = pair.find('=');
    if (pair.substr(0, equals) == name && equals != pair.npos) {
      return std::string(pair.substr(equals + 1));
    }
  }
  return {};
}

std::optional<std::string> cookie_value(const HttpRequest& request, std::string_view name) {
  for (const std::string_view line : request.values("cookie")) {
    for (const std::string_view pair : split(line, ';')) {
      const std::string_view trimmed = trim(pair);
      const auto equals = trimmed.find('=');
      if (equals != trimmed.npos && trimmed.substr(0, equals) == name) {
        return std::string(trimmed.substr(equals + 1));
      }
    }
  }
  return {};
}

// Tokens at the provider's places; without places, in Authorization and ?access_token.
std::vector<std::string> tokens_of(json::Value provider, const HttpRequest& request) {
  std::vector<std::string> out;
  const auto from_header = [&](std::string_view name, std::string_view prefix) {
    if (!request.has(name)) return;
    const std::string value = request.joined(name);
    if (prefix.empty()) {
      out.emplace_back(cut_token(value, 0));
      return;
    }
    const auto at = value.find(prefix);
    if (at != value.npos) out.emplace_back(cut_token(value, at + prefix.size()));
  };
  const bool nowhere = provider["from_headers"].empty() && provider["from_params"].empty() &&
                       provider["from_cookies"].empty();
  if (nowhere) {
    from_header("authorization", "Bearer ");
    if (auto value = query_value(request, "access_token")) out.push_back(std::move(*value));
    return out;
  }
  for (const json::Value header : provider["from_headers"].elements()) {
    from_header(to_lower(header["name"].text()), header["value_prefix"].text());
  }
  for (const json::Value parameter : provider["from_params"].elements()) {
    if (auto value = query_value(request, parameter.text())) out.push_back(std::move(*value));
  }
  for (const json::Value cookie : provider["from_cookies"].elements()) {
    if (auto value = cookie_value(request, cookie.text())) out.push_back(std::move(*value));
  }
  return out;
}

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class JwtFilter final : public HttpFilter {
 public:
  explicit JwtFilter(const FilterSetup& setup)
      : name_(setup.filter.name), config_(setup.filter.config), rules_(config_, setup.envoy) {
    for (const json::Member member : config_["providers"].members()) {
      Provider provider{member.key, member.value, {}};
      const json::Value local = member.value["local_jwks"];
      if (local["inline_string"]) {
        provider.keys.emplace(local["inline_string"].text());
      } else if (local["inline_bytes"]) {
        // The dump holds the bytes in base64; JWKS files are seldom given so.
        provider.keys.reset();
      }
      providers_.emplace(member.key, std::move(provider));
    }
  }

  FilterVerdict run(FilterInput& input, bool explain) const override {
    FilterVerdict verdict;
    if (config_["bypass_cors_preflight"].boolean_or(false) && is_preflight(input.request)) {
      return verdict;
    }
    json::Value requirement;
    if (!find_requirement(input, requirement, verdict)) return verdict;
    if (!requirement) return verdict;
    const Verified result = check(requirement, {}, input.request, 0);
    verdict.evidence = requirement;
    if (result.status == JwtStatus::kOk) {
      for (const auto& [provider, payload] : result.payloads) {
        leave_metadata(*provider, payload, input.stream, verdict);
      }
      if (explain) {
        verdict.note =
            result.payloads.empty() ? "no token, and none is required" : "the token is good";
      }
      return verdict;
    }
    refuse(result.status, verdict);
    if (result.status == JwtStatus::kUnknown) {
      for (const auto& [name, provider] : providers_) {
        if (provider.config["payload_in_metadata"])
          input.stream.unknown_metadata.push_back(name_of());
      }
    }
    return verdict;
  }

 private:
  static constexpr std::string_view name_of() { return "envoy.filters.http.jwt_authn"; }

  static bool is_preflight(const HttpRequest& request) {
    const std::string* origin = request.first("origin");
    const std::string* method = request.first("access-control-request-method");
    return request.method == "OPTIONS" && origin != nullptr && !origin->empty() &&
           method != nullptr && !method->empty();
  }

  // The requirement of the route, else of the first rule that matches; false where the verdict is
  // already there.
  bool find_requirement(const FilterInput& input, json::Value& requirement,
                        FilterVerdict& verdict) const {
    if (const Extension per_route = route_config_of(name_, input); per_route.config) {
      if (per_route.config["disabled"].boolean_or(false)) return false;
      const std::string_view wanted = per_route.config["requirement_name"].text();
      requirement = config_["requirement_map"].at(wanted);
      if (requirement) return true;
      FilterReply reply;
      reply.code = 403;
      reply.details = jwt_details(fmt::format("Wrong requirement_name: {}", wanted));
      reply.why =
          fmt::format("the route asks for the requirement '{}', which the filter does not have",
                      printable(wanted));
      verdict.replies.push_back(std::move(reply));
      return false;
    }
    const JwtRules::Match match = rules_.find(input.request);
    if (match.unknown) {
      verdict.may_change = "which rule of jwt_authn the request matches is not known";
      return false;
    }
    requirement = match.rule["requires"];
    if (const std::string_view named = match.rule["requirement_name"].text(); !named.empty()) {
      requirement = config_["requirement_map"].at(named);
    }
    return true;
  }

  static std::string jwt_details(std::string text) {
    for (char& c : text) {
      if (c == ' ') c = '_';
    }
    return "jwt_authn_access_denied{" + text + "}";
  }

  void refuse(JwtStatus status, FilterVerdict& verdict) const {
    FilterReply reply;
    reply.code = status == JwtStatus::kAudienceNotAllowed ? 403 : 401;
    const std::string text(jwt_status_text(status));
    reply.details = jwt_details(text);
    reply.why = text;
    if (status == JwtStatus::kUnknown) {
      reply.certain = false;
      reply.share = 0.5;
      reply.details = jwt_details(std::string(jwt_status_text(JwtStatus::kVerificationFail)));
      reply.why =
          "whether the token's signature is good is not known: its keys are not in the dump";
    }
    verdict.note = reply.why;
    verdict.replies.push_back(std::move(reply));
  }

  // Evaluates a JwtRequirement.
  Verified check(json::Value requirement, json::Value audiences, const HttpRequest& request,
                 int depth) const {
    if (depth > 20) return {};
    if (const json::Value any = requirement["requires_any"]) {
      return check_any(any["requirements"], request, depth);
    }
    if (const json::Value all = requirement["requires_all"]) {
      Verified result;
      for (const json::Value one : all["requirements"].elements()) {
        Verified part = check(one, {}, request, depth + 1);
        if (part.status != JwtStatus::kOk) return part;
        for (auto& payload : part.payloads) result.payloads.push_back(std::move(payload));
      }
      return result;
    }
    if (requirement["allow_missing_or_failed"].is_object()) return check_everyone(request, true);
    if (requirement["allow_missing"].is_object()) return check_everyone(request, false);
    std::string_view name = requirement["provider_name"].text();
    if (const json::Value with = requirement["provider_and_audiences"]) {
      name = with["provider_name"].text();
      audiences = with["audiences"];
    }
    const auto provider = providers_.find(name);
    if (provider == providers_.end()) return {};
    return check_provider(provider->second, audiences, request);
  }

  // One that succeeds is enough. allow_missing beside others forgives their missing tokens; the
  // status told is that of a token that was there, before one that was not.
  Verified check_any(json::Value list, const HttpRequest& request, int depth) const {
    bool allow_missing = false;
    bool allow_failed = false;
    JwtStatus final = JwtStatus::kMissed;
    for (const json::Value one : list.elements()) {
      if (one["allow_missing_or_failed"].is_object()) {
        allow_failed = true;
        continue;
      }
      if (one["allow_missing"].is_object()) {
        allow_missing = true;
        continue;
      }
      Verified part = check(one, {}, request, depth + 1);
      if (part.status == JwtStatus::kOk) return part;
      if (part.status == JwtStatus::kUnknown) return part;
      if (final == JwtStatus::kMissed || final == JwtStatus::kUnknownIssuer) {
        if (part.status != JwtStatus::kMissed) final = part.status;
      }
    }
    Verified result;
    if (allow_failed || (allow_missing && final == JwtStatus::kMissed)) return result;
    result.status = final;
    return result;
  }

  // allow_missing by itself: whatever tokens there are must be good for the provider of their
  // issuer.
  Verified check_everyone(const HttpRequest& request, bool forgive) const {
    Verified result;
    for (const auto& [name, provider] : providers_) {
      Verified part = check_provider(provider, {}, request);
      if (part.status == JwtStatus::kOk) {
        for (auto& payload : part.payloads) result.payloads.push_back(std::move(payload));
      } else if (part.status != JwtStatus::kMissed && !forgive) {
        result.status = part.status;
      }
    }
    return result;
  }

  // All tokens at the provider's places must be good (envoy: AuthenticatorImpl::startVerify).
  Verified check_provider(const Provider& provider, json::Value audiences,
                          const HttpRequest& request) const {
    Verified result;
    const std::vector<std::string> tokens = tokens_of(provider.config, request);
    if (tokens.empty()) result.status = JwtStatus::kMissed;
    for (const std::string& token : tokens) {
      Jwt jwt;
      result.status = check_token(provider, audiences, token, jwt);
      if (result.status != JwtStatus::kOk) break;
      result.payloads.emplace_back(&provider, std::move(jwt.payload));
    }
    return result;
  }

  static JwtStatus check_token(const Provider& provider, json::Value audiences,
                               std::string_view token, Jwt& jwt) {
    if (const JwtStatus status = jwt.parse(token); status != JwtStatus::kOk) return status;
    const json::Value config = provider.config;
    const std::string_view issuer = config["issuer"].text();
    if (!issuer.empty() && issuer != jwt.issuer) return JwtStatus::kUnknownIssuer;
    const auto skew = config["clock_skew_seconds"].integer_or(0);
    if (const JwtStatus status = jwt.check_time(seconds_now(), skew > 0 ? skew : 60);
        status != JwtStatus::kOk) {
      return status;
    }
    if (const json::Value wanted = audiences ? audiences : config["audiences"];
        !wanted.empty() && !audience_allowed(wanted, jwt)) {
      return JwtStatus::kAudienceNotAllowed;
    }
    return provider.keys ? provider.keys->verify(jwt) : JwtStatus::kUnknown;
  }

  // Envoy leaves the scheme and a slash at the end out of account.
  static std::string_view plain_audience(std::string_view text) {
    for (const std::string_view scheme : {"https://", "http://"}) {
      if (text.starts_with(scheme)) {
        text.remove_prefix(scheme.size());
        break;
      }
    }
    if (text.ends_with('/')) text.remove_suffix(1);
    return text;
  }

  static bool audience_allowed(json::Value wanted, const Jwt& jwt) {
    for (const json::Value one : wanted.elements()) {
      for (const std::string& given : jwt.audiences) {
        if (plain_audience(one.text()) == plain_audience(given)) return true;
      }
    }
    return false;
  }

  void leave_metadata(const Provider& provider, const std::string& payload, StreamState& stream,
                      FilterVerdict& verdict) const {
    const std::string_view key = provider.config["payload_in_metadata"].text();
    if (!key.empty()) {
      add_metadata(stream, name_of(),
                   fmt::format("{{\"{}\":{}}}", key,
                               normalized_claims(
                                   payload, provider.config["normalize_payload_in_metadata"])));
    }
    verdict.reroute = verdict.reroute || provider.config["clear_route_cache"].boolean_or(false);
  }

  std::string_view name_;
  json::Value config_;
  std::map<std::string_view, Provider, std::less<>> providers_;
  JwtRules rules_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_jwt_authn_filter(const FilterSetup& setup) {
  return std::make_unique<JwtFilter>(setup);
}

}  // namespace xdscope::trace
