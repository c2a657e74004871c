// One change of a dump, chosen by a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "mutation/capture.h"
#include "rules/card.h"

namespace xdscope::mutation {

// What a change does to what the dump says.
enum class Effect {
  kSame,     // the order of things, or a thing said twice: the same configuration
  kChanged,  // another configuration, which is sound
  kUnknown,  // a section is not there
  kBroken,   // something cannot be read; what it was is not known
  kCutOff,   // the text ends too early
};

struct Mutant {
  std::string text;
  std::string what;  // for people
  Effect effect = Effect::kSame;
  std::set<std::size_t> touched;  // entries whose rows may differ
  std::set<std::size_t> dropped;  // entries that are not there any more
  // What the change takes away or spoils, as rules name it.
  std::optional<rules::Input> input;
  // Cannot be passed over: a problem has to name it, whether something reads it or not.
  bool structural = false;
  // A dump may say so: an extension that nothing is known about.
  bool sound = false;
};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // Below `limit`, the same with every standard library.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }

 private:
  std::mt19937_64 engine_;
};

// The capture's dump is as before afterwards.
Mutant mutate(Capture& capture, Random& random);

}  // namespace xdscope::mutation
