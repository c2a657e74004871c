#include "trace/status_code.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace xdscope::trace {
namespace {

struct Name {
  std::string_view name;
  std::uint32_t code;
};

constexpr std::array kNames = std::to_array<Name>({
    {"Continue", 100},
    {"OK", 200},
    {"Created", 201},
    {"Accepted", 202},
    {"NonAuthoritativeInformation", 203},
    {"NoContent", 204},
    {"ResetContent", 205},
    {"PartialContent", 206},
    {"MultiStatus", 207},
    {"AlreadyReported", 208},
    {"IMUsed", 226},
    {"MultipleChoices", 300},
    {"MovedPermanently", 301},
    {"Found", 302},
    {"SeeOther", 303},
    {"NotModified", 304},
    {"UseProxy", 305},
    {"TemporaryRedirect", 307},
    {"PermanentRedirect", 308},
    {"BadRequest", 400},
    {"Unauthorized", 401},
    {"PaymentRequired", 402},
    {"Forbidden", 403},
    {"NotFound", 404},
    {"MethodNotAllowed", 405},
    {"NotAcceptable", 406},
    {"ProxyAuthenticationRequired", 407},
    {"RequestTimeout", 408},
    {"Conflict", 409},
    {"Gone", 410},
    {"LengthRequired", 411},
    {"PreconditionFailed", 412},
    {"PayloadTooLarge", 413},
    {"URITooLong", 414},
    {"UnsupportedMediaType", 415},
    {"RangeNotSatisfiable", 416},
    {"ExpectationFailed", 417},
    {"MisdirectedRequest", 421},
    {"UnprocessableEntity", 422},
    {"Locked", 423},
    {"FailedDependency", 424},
    {"UpgradeRequired", 426},
    {"PreconditionRequired", 428},
    {"TooManyRequests", 429},
    {"RequestHeaderFieldsTooLarge", 431},
    {"InternalServerError", 500},
    {"NotImplemented", 501},
    {"BadGateway", 502},
    {"ServiceUnavailable", 503},
    {"GatewayTimeout", 504},
    {"HTTPVersionNotSupported", 505},
    {"VariantAlsoNegotiates", 506},
    {"InsufficientStorage", 507},
    {"LoopDetected", 508},
    {"NotExtended", 510},
    {"NetworkAuthenticationRequired", 511},
});

}  // namespace

std::uint32_t status_code(json::Value http_status, std::uint32_t otherwise) {
  const json::Value code = http_status["code"];
  const auto found = std::ranges::find(kNames, code.text(), &Name::name);
  if (found != kNames.end()) return found->code;
  const auto number = code.integer_or(0);
  return number > 0 && number < 1000 ? static_cast<std::uint32_t>(number) : otherwise;
}

}  // namespace xdscope::trace
