// Runtime keys as far as a dump shows them: the static layers of the bootstrap.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "xdscope/json.h"
#include "xdscope/model/route.h"

namespace xdscope::trace {

class Runtime {
 public:
  Runtime() = default;
  // bootstrap.layered_runtime; static layers only (RTDS and admin overrides are in no dump). Later
  // layers win. Nested Structs are dotted keys.
  explicit Runtime(json::Value bootstrap);
  virtual ~Runtime() = default;

  // The fraction in force: the key's value (a FractionalPercent, or a whole percentage), else the
  // default.
  virtual FractionalPercent fraction(std::string_view key, FractionalPercent otherwise) const;
  std::optional<std::uint64_t> integer(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;

 private:
  void add(const std::string& prefix, json::Value values);
  std::map<std::string, json::Value, std::less<>> values_;
};

}  // namespace xdscope::trace
