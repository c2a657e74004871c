// What the logic of a rule is written with. A rule's rules/ID-name/rule.cc defines
//
//   void check_rt001(const RuleContext& context, Reporter& report);
//
// in namespace xdscope::rules; the table of all rules is generated from the folders.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/card.h"
#include "rules/context.h"
#include "xdscope/finding.h"

namespace xdscope::rules {

// What a rule says about one object. The reporter adds what the card knows.
struct Draft {
  // For people: "virtual host blackhole:8080 in route configuration http.8080".
  std::string object = {};
  // What the fingerprint is made of, where `object` is not stable: only names, no indexes, counts,
  // versions or addresses of pods. Empty: `object`.
  std::string identity = {};
  json::Value at = {};  // the evidence
  std::string message = {};
  Effect effect = Effect();
  std::optional<KubernetesResource> resource = {};
  std::string remediation = {};           // empty: the card's
  std::optional<Severity> severity = {};  // unset: the card's
};

// Takes findings of one rule on one proxy; the same object is counted once.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void add(Draft draft) = 0;
};

using Check = std::function<void(const RuleContext&, Reporter&)>;

struct Rule {
  Card card;
  std::string page;  // README.md
  Check check;
};

}  // namespace xdscope::rules
