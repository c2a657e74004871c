// Mutations of real dumps, and whether what is said about them is right or said to be incomplete.
//
// usage: mutation_test [--count N] [--seed S] [--only I] [--dump FILE] [--faults N]
//   --count   how many mutants (2000)
//   --seed    the same seed makes the same mutants (1)
//   --only    makes and judges one mutant, by its number
//   --dump    writes the last mutant's text there
//   --faults  how many bad mutants are listed (20)
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "mutation/capture.h"
#include "mutation/mutate.h"
#include "mutation/oracle.h"

using namespace xdscope::mutation;

namespace {

struct Options {
  std::size_t count = 2000;
  std::uint64_t seed = 1;
  std::optional<std::size_t> only;
  std::string dump;
  std::size_t faults = 20;
};

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) return std::nullopt;
    const std::string value = argv[i + 1];
    if (name == "--count") {
      options.count = std::stoul(value);
    } else if (name == "--seed") {
      options.seed = std::stoull(value);
    } else if (name == "--only") {
      options.only = std::stoul(value);
    } else if (name == "--dump") {
      options.dump = value;
    } else if (name == "--faults") {
      options.faults = std::stoul(value);
    } else {
      return std::nullopt;
    }
  }
  return options;
}

std::filesystem::path data_folder() {
  const char* given = std::getenv("XDSCOPE_REFERENCE_DIR");
  return std::filesystem::path(given != nullptr ? given : XDSCOPE_SOURCE_DIR "/../shared") / "data";
}

// The number alone makes the mutant: any one can be made again.
Mutant make(std::vector<Capture>& captures, std::uint64_t seed, std::size_t number,
            Capture*& chosen) {
  Random random(seed * 1'000'003 + number);
  chosen = &captures[random.below(captures.size())];
  return mutate(*chosen, random);
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = read_options(argc, argv);
  if (!options) {
    std::fprintf(stderr, "usage: mutation_test [--count N] [--seed S] [--only I] [--dump FILE]\n");
    return 2;
  }
  std::vector<Capture> captures;
  std::size_t requests = 0;
  for (const auto& path : find_captures(data_folder(), XDSCOPE_SOURCE_DIR "/samples")) {
    auto capture = read_capture(path, data_folder());
    if (!capture) {
      std::printf("%s: its rows do not add up\n", path.c_str());
      return 1;
    }
    if (capture->entries.empty()) continue;
    requests += capture->requests.size();
    for (const std::string& problem : capture->base.problems) {
      std::printf("%s: the dump itself: %s\n", capture->name.c_str(), problem.c_str());
    }
    captures.push_back(std::move(*capture));
  }
  const auto start = std::chrono::steady_clock::now();
  std::size_t bad = 0;
  const std::size_t first = options->only.value_or(0);
  const std::size_t last = options->only ? first + 1 : options->count;
  for (std::size_t number = first; number < last; ++number) {
    Capture* capture = nullptr;
    const Mutant mutant = make(captures, options->seed, number, capture);
    if (!options->dump.empty()) std::ofstream(options->dump) << mutant.text;
    const auto faults = judge(*capture, mutant);
    if (faults.empty()) continue;
    if (++bad > options->faults) continue;
    std::printf("mutant %zu of %s: %s\n", number, capture->name.c_str(), mutant.what.c_str());
    for (std::size_t i = 0; i < faults.size() && i < 4; ++i)
      std::printf("  %s\n", faults[i].c_str());
    if (faults.size() > 4) std::printf("  and %zu more\n", faults.size() - 4);
    std::fflush(stdout);
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("%zu mutants of %zu captures with %zu requests, seed %llu: %zu bad, in %.1f s\n",
              last - first, captures.size(), requests,
              static_cast<unsigned long long>(options->seed), bad, seconds);
  return bad == 0 && !captures.empty() ? 0 : 1;
}
