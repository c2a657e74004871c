#include "trace/jwt_tokens.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "json/document.h"
#include "trace/request_parameters.h"

namespace xdscope::trace {
namespace {

// The run of characters that a token may have, from `after` on (envoy: extractJWT).
std::string_view cut_token(std::string_view text, std::size_t after) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  const auto begin = text.find_first_of(kAllowed, after);
  if (begin == text.npos) return text;
  return text.substr(begin, text.find_first_not_of(kAllowed, begin) - begin);
}

// Whole numbers stay whole (envoy: convertClaimDoubleToString).
std::string number_text(double number) {
  constexpr double kTooLarge = 18446744073709551616.0;
  const bool whole = number >= 0 && number < kTooLarge && std::floor(number) == number;
  return whole ? fmt::format("{}", static_cast<std::uint64_t>(number)) : std::to_string(number);
}

}  // namespace

std::vector<FoundToken> find_tokens(json::Value provider, const HttpRequest& request) {
  using Kind = JwtPlace::Kind;
  std::vector<FoundToken> out;
  const auto from_header = [&](const std::string& name, std::string_view prefix) {
    if (!request.has(name)) return;
    const std::string value = request.joined(name);
    const auto at = value.find(prefix);
    if (at == value.npos) return;
    out.push_back({{Kind::kHeader, name, std::string(prefix)},
                   std::string(cut_token(value, at + prefix.size()))});
  };
  const auto from_parameter = [&](std::string_view name) {
    auto value = decoded_query_parameter(request, name);
    if (value) out.push_back({{Kind::kParameter, std::string(name), {}}, std::move(*value)});
  };
  const bool nowhere = provider["from_headers"].empty() && provider["from_params"].empty() &&
                       provider["from_cookies"].empty();
  if (nowhere) {
    from_header("authorization", "Bearer ");
    from_parameter("access_token");
    return out;
  }
  for (const json::Value header : provider["from_headers"].elements()) {
    from_header(to_lower(header["name"].text()), header["value_prefix"].text());
  }
  for (const json::Value parameter : provider["from_params"].elements()) {
    from_parameter(parameter.text());
  }
  for (const json::Value one : provider["from_cookies"].elements()) {
    auto value = cookie(request, one.text());
    if (value) out.push_back({{Kind::kCookie, std::string(one.text()), {}}, std::move(*value)});
  }
  return out;
}

void take_token_away(const JwtPlace& place, HttpRequest& request) {
  if (place.kind == JwtPlace::Kind::kHeader) request.remove(place.name);
  if (place.kind == JwtPlace::Kind::kParameter) remove_query_parameter(request, place.name);
}

void add_claim(const std::string& payload, std::string_view claim, std::string_view header,
               HttpRequest& request) {
  const auto document = json::Document::parse(Buffer(payload), "claims");
  if (!document || (*document)->roots().empty()) return;
  json::Value value = (*document)->roots().front();
  for (const std::string_view step : split(claim, '.')) value = value.at(step);
  switch (value.type()) {
    case json::Type::kString:
      if (!value.text().empty()) request.add(header, value.text());
      break;
    case json::Type::kNumber:
      request.add(header, number_text(value.number().value_or(0)));
      break;
    case json::Type::kBool:
      request.add(header, value.boolean_or(false) ? "true" : "false");
      break;
    case json::Type::kObject:
    case json::Type::kArray:
      // In base64, as Envoy prints JSON.
      request.set_unknown(header);
      break;
    default:
      break;
  }
}

}  // namespace xdscope::trace
