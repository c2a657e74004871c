// What libjq is given for a rule, and what it says about that.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "rules/user/user_rule.h"

namespace xdscope::rules::user {

// What libjq runs for `when`: see JqWorker::judge; the parameters are given.
std::string when_program(const UserRule& rule);

// Parameters as expressions see them: a JSON object.
std::string parameters_json(const Card& card,
                            const std::map<std::string, ParameterValue, std::less<>>& values);
std::string parameters_json(const RuleContext& context, const Card& card);
// `$name` for each parameter, then the expression on the entity; it begins on the program's first
// line.
std::string with_parameters(const Card& card, std::string_view expression);

// Which part of a rule does not compile, and why; `whole` is what libjq says about all of it.
Result<void> explain_fault(const UserRule& rule, const std::string& whole);

}  // namespace xdscope::rules::user
