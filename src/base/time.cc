#include "base/time.h"

#include <algorithm>
#include <ctime>
#include <optional>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace xdscope {
namespace {

constexpr std::string_view kDigits = "0123456789";

// Takes "06" from the front where it is a number of that many digits, from `least` to `most`.
std::optional<int> take_number(std::string_view& text, std::size_t digits, int least, int most) {
  if (text.size() < digits || text.substr(0, digits).find_first_not_of(kDigits) != text.npos) {
    return {};
  }
  int value = 0;
  for (const char c : text.substr(0, digits)) value = value * 10 + (c - '0');
  text.remove_prefix(digits);
  return value >= least && value <= most ? std::optional(value) : std::nullopt;
}

bool take_one_of(std::string_view& text, std::string_view letters) {
  if (text.empty() || letters.find(text.front()) == letters.npos) return false;
  text.remove_prefix(1);
  return true;
}

// "2026-11-23T06:23:28"
std::optional<std::tm> take_date_and_time(std::string_view& text) {
  const auto year = take_number(text, 4, 0, 9999);
  if (!year || !take_one_of(text, "-")) return {};
  const auto month = take_number(text, 2, 1, 12);
  if (!month || !take_one_of(text, "-")) return {};
  const auto day = take_number(text, 2, 1, 31);
  if (!day || !take_one_of(text, "Tt ")) return {};
  const auto hour = take_number(text, 2, 0, 23);
  if (!hour || !take_one_of(text, ":")) return {};
  const auto minute = take_number(text, 2, 0, 59);
  if (!minute || !take_one_of(text, ":")) return {};
  const auto second = take_number(text, 2, 0, 60);
  if (!second) return {};
  std::tm parts{};
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  parts.tm_hour = *hour;
  parts.tm_min = *minute;
  parts.tm_sec = *second;
  return parts;
}

// "Z" or "+02:00", in seconds.
std::optional<int> take_offset(std::string_view& text) {
  if (take_one_of(text, "Zz")) return 0;
  const int sign = text.starts_with('-') ? -1 : 1;
  if (!take_one_of(text, "+-")) return {};
  const auto hours = take_number(text, 2, 0, 23);
  if (!hours || !take_one_of(text, ":")) return {};
  const auto minutes = take_number(text, 2, 0, 59);
  if (!minutes) return {};
  return sign * (*hours * 60 + *minutes) * 60;
}

}  // namespace

std::string format_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return {};
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", parts);
}

Result<std::int64_t> parse_time(std::string_view text) {
  std::string_view rest = text;
  auto parts = take_date_and_time(rest);
  if (parts && take_one_of(rest, ".")) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kDigits), rest.size()));
  }
  const auto offset = parts ? take_offset(rest) : std::nullopt;
  if (!offset || !rest.empty()) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no RFC 3339 time", text), {},
                "for example 2026-11-23T06:23:28Z");
  }
  return static_cast<std::int64_t>(timegm(&*parts)) - *offset;
}

}  // namespace xdscope
