// A rule's message: text with jq expressions between braces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xdscope/error.h"

namespace xdscope::rules::user {

// `{{` and `}}` are braces. `{name}` and `{virtual_host.name}` are short for `{.name}` and
// `{.virtual_host.name}`; anything else between braces is jq.
struct MessagePart {
  bool expression = false;
  std::string text;
};
Result<std::vector<MessagePart>> parse_message(std::string_view message);

// A jq program that yields the message; lists are joined with ", ", null is "none".
std::string message_program(const std::vector<MessagePart>& parts);

}  // namespace xdscope::rules::user
