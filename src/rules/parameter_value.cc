#include "rules/parameter_value.h"

namespace xdscope::rules {

bool fits(const ParameterValue& value, Parameter::Type type) {
  switch (type) {
    case Parameter::Type::kBoolean:
      return std::holds_alternative<bool>(value);
    case Parameter::Type::kInteger:
      return std::holds_alternative<std::int64_t>(value);
    case Parameter::Type::kNumber:
      return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value);
    case Parameter::Type::kString:
      return std::holds_alternative<std::string>(value);
    case Parameter::Type::kStrings:
      return std::holds_alternative<std::vector<std::string>>(value);
  }
  return false;
}

}  // namespace xdscope::rules
