// JWT authentication (envoy: source/extensions/filters/http/jwt_authn).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>

#include "base/text.h"
#include "trace/http_filters/http_filter.h"
#include "trace/jwt.h"
#include "trace/jwt_rules.h"
#include "trace/jwt_tokens.h"
#include "trace/matchers.h"
#include "trace/metadata.h"

namespace xdscope::trace {
namespace {

constexpr int kMaxDepth = 20;

// One provider: where its tokens are, and what they must say.
struct Provider {
  std::string_view name;
  json::Value config;
  std::optional<JwtKeys> keys;  // nothing for remote keys
};

// A token that was good.
struct Good {
  const Provider* provider = nullptr;
  Jwt jwt;
  JwtPlace place;
};

// What verifying came to.
struct Verified {
  JwtStatus status = JwtStatus::kOk;
  std::vector<Good> good;
};

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class JwtFilter final : public HttpFilter {
 public:
  explicit JwtFilter(const FilterSetup& setup)
      : name_(setup.filter.name),
        config_(setup.filter.config),
        rules_(config_, setup.envoy, &setup.runtime) {
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
    auto request = without_forged_headers(input.request);
    if (request) verdict.request = request;
    if (config_["bypass_cors_preflight"].boolean_or(false) && is_preflight(input.request)) {
      return verdict;
    }
    json::Value requirement;
    if (!find_requirement(input, requirement, verdict)) return verdict;
    if (!requirement) return verdict;
    const Verified result = check(requirement, {}, input.request, 0);
    verdict.evidence = requirement;
    for (const auto& [name, provider] : providers_) {
      if (result.status != JwtStatus::kOk || result.good.empty()) {
        doubt_metadata(provider, result.status, input.stream);
      }
    }
    if (result.status == JwtStatus::kOk) {
      if (!result.good.empty() && !request) request = std::make_shared<HttpRequest>(input.request);
      for (const Good& one : result.good) {
        change_request(one, *request);
        leave_metadata(one, input.stream, verdict);
      }
      if (request) verdict.request = request;
      if (explain) {
        verdict.note = result.good.empty() ? "no token, and none is required" : "the token is good";
      }
      return verdict;
    }
    refuse(result.status, verdict);
    return verdict;
  }

 private:
  // Headers that the filter makes of claims are taken away from clients that send them, whatever
  // else is done. nullptr where there are none.
  std::shared_ptr<HttpRequest> without_forged_headers(const HttpRequest& request) const {
    std::shared_ptr<HttpRequest> out;
    const auto remove = [&](std::string_view name) {
      if (name.empty() || !request.has(to_lower(name))) return;
      if (!out) out = std::make_shared<HttpRequest>(request);
      out->remove(name);
    };
    for (const auto& [name, provider] : providers_) {
      remove(provider.config["forward_payload_header"].text());
      for (const json::Value one : provider.config["claim_to_headers"].elements()) {
        remove(one["header_name"].text());
      }
    }
    return out;
  }

  // What a provider leaves for the filters after it may be there, and is not known.
  static void doubt_metadata(const Provider& provider, JwtStatus status, StreamState& stream) {
    const bool failed =
        provider.config["failed_status_in_metadata"] && status != JwtStatus::kMissed;
    const bool perhaps_good =
        status == JwtStatus::kUnknown &&
        (provider.config["payload_in_metadata"] || provider.config["header_in_metadata"]);
    if (failed || perhaps_good) stream.unknown_metadata.push_back(name_of());
  }

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
    if (depth > kMaxDepth) return {JwtStatus::kUnknown, {}};
    if (const json::Value any = requirement["requires_any"]) {
      return check_any(any["requirements"], request, depth);
    }
    if (const json::Value all = requirement["requires_all"]) {
      Verified result;
      for (const json::Value one : all["requirements"].elements()) {
        Verified part = check(one, {}, request, depth + 1);
        if (part.status != JwtStatus::kOk) return part;
        for (Good& good : part.good) result.good.push_back(std::move(good));
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
    if (provider == providers_.end()) return {JwtStatus::kUnknown, {}};
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
  // issuer, which must be one of those that look for tokens there.
  Verified check_everyone(const HttpRequest& request, bool forgive) const {
    std::map<JwtPlace, std::pair<std::string, std::vector<const Provider*>>> found;
    for (const auto& [name, provider] : providers_) {
      for (FoundToken& one : find_tokens(provider.config, request)) {
        auto& [token, lookers] = found[one.place];
        token = std::move(one.token);
        lookers.push_back(&provider);
      }
    }
    Verified result;
    for (const auto& [place, one] : found) {
      Jwt jwt;
      JwtStatus status = jwt.parse(one.first);
      const Provider* provider =
          status == JwtStatus::kOk ? provider_of(jwt.issuer, one.second) : nullptr;
      if (provider != nullptr) {
        status = check_claims(*provider, {}, jwt);
      } else if (status == JwtStatus::kOk) {
        status = JwtStatus::kUnknownIssuer;
      }
      if (status == JwtStatus::kOk) {
        result.good.push_back({provider, std::move(jwt), place});
      } else if (!forgive) {
        result.status = status;
      } else if (status == JwtStatus::kUnknown) {
        result.good.clear();
        return {status, {}};
      }
    }
    return result;
  }

  // The first provider with the issuer, else the first that takes any.
  const Provider* provider_of(std::string_view issuer,
                              const std::vector<const Provider*>& lookers) const {
    const auto has = [](const Provider& one, std::string_view wanted) {
      return one.config["issuer"].text() == wanted;
    };
    if (std::ranges::none_of(
            lookers, [&](const Provider* one) { return has(*one, issuer) || has(*one, ""); })) {
      return nullptr;
    }
    for (const std::string_view wanted : {issuer, std::string_view()}) {
      for (const auto& [name, provider] : providers_) {
        if (has(provider, wanted)) return &provider;
      }
    }
    return nullptr;
  }

  // All tokens at the provider's places must be good (envoy: AuthenticatorImpl::startVerify).
  static Verified check_provider(const Provider& provider, json::Value audiences,
                                 const HttpRequest& request) {
    Verified result;
    std::vector<FoundToken> tokens = find_tokens(provider.config, request);
    if (tokens.empty()) result.status = JwtStatus::kMissed;
    for (FoundToken& one : tokens) {
      Jwt jwt;
      result.status = jwt.parse(one.token);
      if (result.status == JwtStatus::kOk) result.status = check_claims(provider, audiences, jwt);
      if (result.status != JwtStatus::kOk) break;
      result.good.push_back({&provider, std::move(jwt), std::move(one.place)});
    }
    return result;
  }

  static JwtStatus check_claims(const Provider& provider, json::Value audiences, const Jwt& jwt) {
    const json::Value config = provider.config;
    const std::string_view issuer = config["issuer"].text();
    if (!issuer.empty() && issuer != jwt.issuer) return JwtStatus::kUnknownIssuer;
    if (const json::Value subjects = config["subjects"]) {
      const Verdict allowed = StringCriterion(decode_string_matcher(subjects)).matches(jwt.subject);
      if (allowed == Verdict::kNo) return JwtStatus::kVerificationFail;
      if (allowed == Verdict::kUnknown) return JwtStatus::kUnknown;
    }
    if (!lifetime_allowed(config, jwt)) return JwtStatus::kVerificationFail;
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

  static bool lifetime_allowed(json::Value config, const Jwt& jwt) {
    const auto longest = decode_duration(config["max_lifetime"]);
    if (!jwt.expires) return !longest && !config["require_expiration"].boolean_or(false);
    // In seconds: the difference may be more than nanoseconds can hold.
    return !longest || *jwt.expires - seconds_now() <= *longest / std::chrono::seconds(1);
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

  // Claims become headers; the token goes unless it is to be forwarded.
  static void change_request(const Good& one, HttpRequest& request) {
    const json::Value config = one.provider->config;
    if (const std::string_view name = config["forward_payload_header"].text(); !name.empty()) {
      std::string payload(one.jwt.encoded_payload());
      if (config["pad_forward_payload_header"].boolean_or(false)) {
        payload.append((4 - payload.size() % 4) % 4, '=');
      }
      request.add(name, payload);
    }
    for (const json::Value claim : config["claim_to_headers"].elements()) {
      add_claim(one.jwt.payload, claim["claim_name"].text(), claim["header_name"].text(), request);
    }
    if (!config["forward"].boolean_or(false)) take_token_away(one.place, request);
  }

  static void leave_metadata(const Good& one, StreamState& stream, FilterVerdict& verdict) {
    const json::Value config = one.provider->config;
    const auto leave = [&](std::string_view key, std::string_view value) {
      if (key.empty()) return;
      add_metadata(stream, name_of(), fmt::format("{{{}:{}}}", json_text(key), value));
    };
    leave(config["header_in_metadata"].text(), one.jwt.header);
    leave(config["payload_in_metadata"].text(),
          normalized_claims(one.jwt.payload, config["normalize_payload_in_metadata"]));
    verdict.reroute = verdict.reroute || config["clear_route_cache"].boolean_or(false);
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
