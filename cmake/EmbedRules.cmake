# Writes the table of built-in rules: cards and pages as text, one function per folder.
# cmake -DRULES_DIR=… -DOUTPUT=… -P EmbedRules.cmake
file(GLOB cards ${RULES_DIR}/*/rule.json)
list(SORT cards)

set(declarations "")
set(texts "")
set(table "")
foreach(card IN LISTS cards)
  get_filename_component(directory ${card} DIRECTORY)
  get_filename_component(folder ${directory} NAME)
  if(NOT folder MATCHES "^([A-Z][A-Z][0-9][0-9][0-9])-[a-z0-9-]+$")
    message(FATAL_ERROR "${directory}: the folder of a rule is named ID-name, such as RT001-some-name")
  endif()
  set(id ${CMAKE_MATCH_1})
  string(TOLOWER ${id} function)
  file(READ ${card} card_text)
  set(page_text "")
  if(EXISTS ${directory}/README.md)
    file(READ ${directory}/README.md page_text)
  endif()
  string(APPEND declarations "void check_${function}(const RuleContext&, Reporter&);\n")
  string(APPEND texts "constexpr std::string_view k${id}Card = R\"rule_text(${card_text})rule_text\";\n"
                      "constexpr std::string_view k${id}Page = R\"rule_text(${page_text})rule_text\";\n")
  string(APPEND table "    {\"${folder}\", k${id}Card, k${id}Page, check_${function}},\n")
endforeach()

file(WRITE ${OUTPUT} "// Generated from rules/.
#include \"rules/catalogue.h\"

namespace xdscope::rules {

${declarations}
namespace {

${texts}
constexpr EmbeddedRule kRules[] = {
${table}};

}  // namespace

std::span<const EmbeddedRule> embedded_rules() { return kRules; }

}  // namespace xdscope::rules
")
