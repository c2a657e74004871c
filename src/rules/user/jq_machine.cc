#include "rules/user/jq_machine.h"

#include "rules/user/jq_confine.h"
#include "rules/user/jq_protocol.h"

namespace xdscope::rules::user {
namespace {

// Of an error's message.
constexpr std::size_t kMaxError = 2000;

// Cut where a character begins.
std::string shortened(std::string text) {
  if (text.size() <= kMaxError) return text;
  std::size_t end = kMaxError;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + "…";
}

void collect_error(void* out, jv message) {
  auto& text = *static_cast<std::string*>(out);
  if (!text.empty()) text += '\n';
  text += text_of(jq_format_error(message));
}

// What is no value is an error or, before the program has yielded all it has to, error(null), which
// jq 1.6 takes for `empty`.
JqReply error_of(jv invalid) {
  if (jv_invalid_has_msg(jv_copy(invalid))) {
    return {JqReply::Kind::kError, shortened(text_of(jv_invalid_get_msg(invalid)))};
  }
  jv_free(invalid);
  return {JqReply::Kind::kError, "it ends with an error that says nothing"};
}

bool is_end(jv value) {
  return jv_get_kind(value) == JV_KIND_ARRAY && jv_array_length(jv_copy(value)) == 0;
}

}  // namespace

std::string text_of(jv value) {
  jv text = jv_get_kind(value) == JV_KIND_STRING ? value : jv_dump_string(value, 0);
  std::string out(jv_string_value(text),
                  static_cast<std::size_t>(jv_string_length_bytes(jv_copy(text))));
  jv_free(text);
  return out;
}

Machine::Machine() {
  state_ = jq_init();
  jq_set_error_cb(state_, collect_error, &errors_);
  jq_set_nomem_handler(state_, on_no_memory, nullptr);
  jq_set_attr(state_, jv_string("JQ_LIBRARY_PATH"), jv_array());
}

Machine::~Machine() { jq_teardown(&state_); }

bool Machine::compile(const std::string& program) {
  errors_.clear();
  return jq_compile(state_, program.c_str()) != 0;
}

JqReply Machine::run(jv input) {
  JqReply reply{JqReply::Kind::kValue, "["};
  jq_start(state_, input, 0);
  jv value = jq_next(state_);
  for (; jv_is_valid(value); value = jq_next(state_)) {
    if (reply.text.size() > 1) reply.text += ',';
    reply.text += text_of(jv_dump_string(value, 0));
    if (reply.text.size() > kMaxReply) {
      return {JqReply::Kind::kError, "what it yields is too large"};
    }
  }
  reply.text += ']';
  return jv_invalid_has_msg(jv_copy(value)) ? error_of(value) : (jv_free(value), reply);
}

JqReply Machine::judge(jv input) {
  jq_start(state_, input, 0);
  // One value and the end, or the end alone.
  jv first = jq_next(state_);
  if (!jv_is_valid(first)) return error_of(first);
  jv second = jq_next(state_);
  jv third = jv_is_valid(second) ? jq_next(state_) : jv_invalid();
  const jv_kind kind = jv_get_kind(first);
  const bool alone = is_end(first) && !jv_is_valid(second) && !jv_invalid_has_msg(jv_copy(second));
  const bool ended = is_end(second) && !jv_is_valid(third);
  const bool several = jv_is_valid(second) && !ended;
  jv_free(first);
  jv_free(third);
  if (!alone && !several && !ended) return error_of(second);
  jv_free(second);
  if (several) return {JqReply::Kind::kNoTruth, "several values, not one"};
  if (alone || kind == JV_KIND_NULL || kind == JV_KIND_FALSE) return {JqReply::Kind::kQuiet, {}};
  if (kind == JV_KIND_TRUE || kind == JV_KIND_OBJECT) return {JqReply::Kind::kRaised, {}};
  return {JqReply::Kind::kNoTruth,
          kind == JV_KIND_ARRAY ? "a list, not true or false"
                                : std::string("a ") + jv_kind_name(kind) + ", not true or false"};
}

JqReply Machine::message(jv input) {
  jq_start(state_, input, 0);
  jv value = jq_next(state_);
  if (!jv_is_valid(value)) return error_of(value);
  return {JqReply::Kind::kRaised, text_of(value)};
}

namespace {

// By halves: what is nested as deep as there are programs does not compile, and takes time to go
// through.
std::string choice(std::span<const std::string> programs, std::size_t first) {
  if (programs.size() == 1) return "(" + programs[0] + "\n)";
  const std::size_t half = programs.size() / 2;
  return "if $xdscope_program < " + std::to_string(first + half) + " then " +
         choice(programs.first(half), first) + " else " +
         choice(programs.subspan(half), first + half) + " end";
}

}  // namespace

// `[program, given, input]` -> what that program makes of the input.
std::string combined(std::span<const std::string> programs) {
  if (programs.empty()) return ".";
  return ".[0] as $xdscope_program | .[1] as $xdscope_given | .[2] | " + choice(programs, 0);
}

std::string fault_of(const std::string& program) {
  Machine machine;
  if (machine.compile("null as $xdscope_given | " + program)) return {};
  return machine.errors().empty() ? "it does not compile" : machine.errors();
}

}  // namespace xdscope::rules::user
