// The pages of docs/guide: each shows what its programs print, states no other results, and leads
// to sources that hold what it names; the check of each exercise fails for the hole and passes for
// the solution.
#include "tests/framework/support.hpp"
#include "tests/guide/page.hpp"

#include <iterator>
#include <map>
#include <string_view>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(guide)

namespace {

using std::filesystem::path;

const path kRoot = CREDENCE_SOURCE_ROOT;
const path kPrograms = path(CREDENCE_TRAIN_MNIST).parent_path() / "guide";

bool is_lesson(const Page& page) { return std::isdigit(page.name()[0]) != 0; }

std::string number_of(const Page& page) { return page.name().substr(0, 2); }

std::vector<Page> lessons() {
  std::vector<Page> pages = guide_pages();
  std::erase_if(pages, [](const Page& page) { return !is_lesson(page); });
  BOOST_TEST_REQUIRE(!pages.empty());
  return pages;
}

path program_source(const Page& page) {
  std::string name = page.name();
  std::replace(name.begin(), name.end(), '-', '_');
  return kRoot / "examples/guide" / (name + ".cpp");
}

// What the lesson's program prints while it draws its figure, which is checked too. Every processor
// runs the kernels that each one has.
const std::string& output_of(const Page& page) {
  static std::map<std::string, std::string> outputs;
  const auto known = outputs.find(page.name());
  if (known != outputs.end()) return known->second;
  const TemporaryFolder folder;
  const path stem = folder.path() / "figure";
  const Outcome outcome = run_program((kPrograms / ("guide_" + number_of(page))).string(),
                                      {stem.string()}, {"CREDENCE_ISA=baseline"});
  BOOST_TEST_REQUIRE(outcome.status == 0, page.name() << ": " << outcome.err);
  BOOST_TEST(std::filesystem::file_size(stem.string() + ".png") > 5'000U, page.name());
  return outputs[page.name()] = outcome.out;
}

const std::string kPrompt = "$ examples/guide/run ";

// A command of a page, and what the page shows below it.
struct Shown {
  std::string command;
  std::string output;
};

std::vector<Shown> shown_by(const Page& page) {
  std::vector<Shown> result;
  for (const Block& block : page.blocks) {
    if (!block.text.starts_with(kPrompt)) continue;
    const std::size_t end = block.text.find('\n');
    result.push_back(
        {block.text.substr(kPrompt.size(), end - kPrompt.size()), block.text.substr(end + 1)});
  }
  return result;
}

// What examples/guide/run prints for "failure NAME …" of the gallery.
std::string output_of_failure(const std::string& command) {
  std::istringstream words(command);
  std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
  arguments.erase(arguments.begin());
  const Outcome outcome =
      run_program((kPrograms / "guide_failures").string(), arguments, {"CREDENCE_ISA=baseline"});
  BOOST_TEST_REQUIRE(outcome.status == 0, command << ": " << outcome.err);
  return outcome.out;
}

// The pages show what g++ makes of the optimised kernels. Others may round otherwise, which a long
// training carries on: of these the words alone are compared.
constexpr bool kRoundsAsPages =
#ifdef __clang__
    false;
#else
    std::string_view(CREDENCE_OPTIMIZATION) == "3";
#endif

void check_alike(const std::string& page, const std::string& shown, const std::string& printed) {
  const bool same = kRoundsAsPages ? alike(shown, printed) : words_of(shown) == words_of(printed);
  BOOST_TEST(same, page << " shows\n" << shown << "and its program prints\n" << printed);
}

// Each result that the page states is in what it shows, or a number of the program's text.
void check_claims(const Page& page, const path& program) {
  std::string text = read_text(program);
  for (const Shown& shown : shown_by(page)) text += shown.output;
  const std::vector<std::string> known = numbers_of(text);
  for (const std::string& claim : claims_of(page)) {
    BOOST_TEST((std::find(known.begin(), known.end(), claim) != known.end()), page.name()
                                                                                  << ": " << claim);
  }
}

std::string without_spaces(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

// What a link in code names in its file: the last part of bayes::Elbo or of f().
std::string named_by(const Link& link) {
  std::string name = link.text.substr(1, link.text.size() - 2);
  name = name.substr(0, name.find_first_of("(<{"));
  return name.substr(name.rfind(':') + 1);
}

void check_links(const Page& page) {
  for (const Link& link : page.links) {
    if (link.target.starts_with("http") || link.target.starts_with("#")) continue;
    const path target = page.path.parent_path() / link.target.substr(0, link.target.find('#'));
    BOOST_TEST_REQUIRE(std::filesystem::exists(target), page.name() << ": " << link.target);
    const bool source = target.extension() == ".cpp" || target.extension() == ".hpp";
    if (!source || !link.text.starts_with("`") || link.text.find(".") != std::string::npos ||
        link.text.find("/") != std::string::npos) {
      continue;
    }
    const std::regex word("\\b" + named_by(link) + "\\b");
    BOOST_TEST(std::regex_search(read_text(target), word),
               page.name() << ": " << link.target << " has no " << link.text);
  }
}

// The first cells of a page's tables that are a word of code, such as the names of steps.
std::vector<std::string> first_cells(const Page& page) {
  std::vector<std::string> cells;
  const std::regex cell(R"(\n\| `([a-z_0-9]+)` \|)");
  for (std::sregex_iterator at(page.prose.begin(), page.prose.end(), cell), end; at != end; ++at) {
    cells.push_back((*at)[1]);
  }
  return cells;
}

}  // namespace

BOOST_AUTO_TEST_CASE(lessons_show_what_their_programs_print) {
  for (const Page& page : lessons()) {
    const std::vector<Shown> shown = shown_by(page);
    BOOST_TEST_REQUIRE(shown.size() == 1U, page.name());
    BOOST_TEST(std::stoi(shown[0].command) == std::stoi(number_of(page)), page.name());
    check_alike(page.name(), shown[0].output, output_of(page));
    check_claims(page, program_source(page));
  }
}

BOOST_AUTO_TEST_CASE(the_gallery_shows_what_its_program_prints) {
  const Page page(kRoot / "docs/guide/failures.md");
  const std::vector<Shown> all = shown_by(page);
  // Seven failures, and how each is mended.
  BOOST_TEST(all.size() == 14U);
  for (const Shown& shown : all) {
    check_alike(shown.command, shown.output, output_of_failure(shown.command));
  }
  check_claims(page, kRoot / "examples/guide/failures.cpp");
}

BOOST_AUTO_TEST_CASE(excerpts_stand_in_the_program) {
  for (const Page& page : lessons()) {
    const std::string program = without_spaces(read_text(program_source(page)));
    for (const Block& block : page.blocks) {
      if (block.language != "cpp") continue;
      BOOST_TEST((program.find(without_spaces(block.text)) != std::string::npos),
                 page.name() << ": " << block.text);
    }
  }
}

BOOST_AUTO_TEST_CASE(links_lead_to_files_that_hold_what_they_name) {
  for (const Page& page : guide_pages()) check_links(page);
}

BOOST_AUTO_TEST_CASE(pages_about_kernels_name_steps_and_files_that_there_are) {
  const std::vector<Page> pages = guide_pages("kernels");
  BOOST_TEST(pages.size() == 9U);
  const path sources = kRoot / "benchmarks/kernels";
  const std::string lists = read_text(sources / "ladders.cpp");
  for (const Page& page : pages) {
    check_links(page);
    for (const std::string& step : first_cells(page)) {
      const bool known = step == "credence" || step == "credence_composed" ||
                         lists.find('"' + step + '"') != std::string::npos;
      BOOST_TEST(known, page.name() << ": " << step);
    }
  }
}

BOOST_AUTO_TEST_CASE(exercises_about_kernels_fail_until_they_are_solved) {
  for (int page = 1; page <= 7; ++page) {
    const std::string program = (kPrograms / ("guide_k" + std::to_string(page))).string();
    const Outcome hole = run_program(program + "_hole", {});
    BOOST_TEST(hole.status == 1, page);
    BOOST_TEST(hole.out.starts_with("not yet: "), hole.out);
    const Outcome solution = run_program(program + "_solution", {});
    BOOST_TEST(solution.status == 0, solution.out);
    BOOST_TEST(solution.out == "passed\n", page);
  }
}

BOOST_AUTO_TEST_CASE(programs_are_short_and_figures_small) {
  for (const Page& page : lessons()) {
    std::istringstream lines(read_text(program_source(page)));
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
      const std::size_t first = line.find_first_not_of(' ');
      if (first == std::string::npos || line.starts_with("#include")) continue;
      if (line.compare(first, 2, "//") != 0) ++count;
    }
    BOOST_TEST(count <= 60, page.name() << ": " << count << " lines of code");
    const path figure = kRoot / "docs/figures/guide" / (page.name() + ".png");
    BOOST_TEST(std::filesystem::file_size(figure) < 60'000U, figure);
    BOOST_TEST((page.prose.find(figure.filename().string()) != std::string::npos), page.name());
  }
}

BOOST_AUTO_TEST_CASE(holes_fail_their_checks_and_solutions_pass) {
  for (const Page& page : lessons()) {
    const std::string program = (kPrograms / ("guide_" + number_of(page))).string();
    const Outcome hole = run_program(program + "_hole", {});
    BOOST_TEST(hole.status == 1, page.name());
    BOOST_TEST(hole.out.starts_with("not yet: "), page.name() << ": " << hole.out);
    const Outcome solution = run_program(program + "_solution", {});
    BOOST_TEST(solution.status == 0, page.name() << ": " << solution.out);
    BOOST_TEST(solution.out == "passed\n", page.name());
  }
}

BOOST_AUTO_TEST_CASE(the_command_says_what_it_takes) {
  const std::string script = (kRoot / "examples/guide/run").string();
  const Outcome help = run_program("/bin/bash", {script, "--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(help.out.starts_with("usage: examples/guide/run LESSON"));
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"13"},
                                                {"zero"},
                                                {"1", "--hole"},
                                                {"k8", "--exercise"},
                                                {"--fast"}}) {
    std::vector<std::string> arguments{script};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    const Outcome outcome = run_program("/bin/bash", arguments);
    BOOST_TEST(outcome.status == 2, wrong[0]);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(the_gallery_names_its_failures) {
  const Outcome outcome = run_program((kPrograms / "guide_failures").string(), {"lukewarm"});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
  BOOST_TEST(outcome.err.find(" cold ") != std::string::npos, outcome.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
