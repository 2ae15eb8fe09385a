// Tests of the command line of credence-bench: defaults, and how every option is read.
#include "benchmarks/driver/options.hpp"

#include "benchmarks/driver/trial.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::benchmarks {

BOOST_AUTO_TEST_SUITE(benchmark_options)

namespace {

// credence_bench_test.cpp tests which command lines are refused.
CommandLine parse(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"credence-bench"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

zoo::Norm norm_of(const std::vector<std::string>& arguments) {
  return parse(arguments).options.norm;
}

const auto per_element = boost::test_tools::per_element();

}  // namespace

BOOST_AUTO_TEST_CASE(without_arguments_the_defaults_hold) {
  const CommandLine line = parse({});
  BOOST_TEST((line.action == CommandLine::Action::run));
  const Options& options = line.options;
  BOOST_TEST(options.task == "acc");
  BOOST_TEST(options.model == "LeNet5");
  BOOST_TEST(options.epochs == 10);
  BOOST_TEST(options.batch_size == 256);
  BOOST_TEST(options.learning_rates == (std::vector{1e-2, 1e-2}), per_element);
  BOOST_TEST(options.samples == 15);
  BOOST_TEST(options.temperature == 1);
  BOOST_TEST((options.recipe == Recipe::credence));
  BOOST_TEST(options.dataset == "mnist");
  BOOST_TEST(!options.data_dir.has_value());
  BOOST_TEST(options.validation == 5000);
  BOOST_TEST(options.training_images == 0);
  BOOST_TEST(options.workers == 1);
  BOOST_TEST(options.computing.threads == 0);
  BOOST_TEST((options.computing.precision == Precision::fp32));
  BOOST_TEST(options.cuda_graph);
  BOOST_TEST(options.seed == 1U);
  BOOST_TEST(!options.json.has_value());
  BOOST_TEST(!options.out.has_value());
  BOOST_TEST((options.norm == zoo::Norm::none));
  BOOST_TEST(!options.resume);
  BOOST_TEST(options.keep == 2);
  BOOST_TEST(options.kl_warm_up == 0);
  BOOST_TEST(options.progress);
}

BOOST_AUTO_TEST_CASE(every_option_is_read) {
  const CommandLine line = parse({"--task",
                                  "acc",
                                  "--model",
                                  "LeNet5",
                                  "--epochs",
                                  "3",
                                  "--batch-size",
                                  "17",
                                  "--lr",
                                  "1e-2",
                                  "5e-4",
                                  "--samples",
                                  "4",
                                  "--temperature",
                                  "0.5",
                                  "--recipe",
                                  "bayetorch",
                                  "--dataset",
                                  "fashion-mnist",
                                  "--data-dir",
                                  "some/folder",
                                  "--validation",
                                  "0",
                                  "--training-images",
                                  "900",
                                  "--n-workers",
                                  "0",
                                  "--threads",
                                  "2",
                                  "--seed",
                                  "18446744073709551615",
                                  "--json",
                                  "-",
                                  "--out",
                                  "results",
                                  "--resume",
                                  "--keep",
                                  "7",
                                  "--no-batch-norm",
                                  "--no-progress"});
  BOOST_TEST((line.action == CommandLine::Action::run));
  const Options& options = line.options;
  BOOST_TEST(options.epochs == 3);
  BOOST_TEST(options.batch_size == 17);
  BOOST_TEST(options.learning_rates == (std::vector{1e-2, 5e-4}), per_element);
  BOOST_TEST(options.samples == 4);
  BOOST_TEST(options.temperature == 0.5);
  BOOST_TEST((options.recipe == Recipe::bayetorch));
  BOOST_TEST(options.dataset == "fashion-mnist");
  BOOST_TEST(options.data_dir->string() == "some/folder");
  BOOST_TEST(options.validation == 0);
  BOOST_TEST(options.training_images == 900);
  BOOST_TEST(options.workers == 0);
  BOOST_TEST(options.computing.threads == 2);
  BOOST_TEST(options.seed == 18446744073709551615U);
  BOOST_TEST(*options.json == "-");
  BOOST_TEST(options.out->string() == "results");
  BOOST_TEST(options.resume);
  BOOST_TEST(options.keep == 7);
  BOOST_TEST((options.norm == zoo::Norm::none));
  BOOST_TEST(!options.progress);
}

BOOST_AUTO_TEST_CASE(numbers_are_decimal_whatever_they_begin_with) {
  const Options options = parse({"--epochs",
                                 "010",
                                 "--validation",
                                 "05000",
                                 "--seed",
                                 "08",
                                 "--batch-size",
                                 "0064",
                                 "--samples",
                                 "011",
                                 "--training-images=0100",
                                 "--n-workers",
                                 "010",
                                 "--threads",
                                 "02",
                                 "--lr",
                                 "01e-2",
                                 "00.5",
                                 "--temperature",
                                 "010",
                                 "--log-alpha",
                                 "-03",
                                 "--kl-warm-up",
                                 "00.25"})
                              .options;
  BOOST_TEST(options.epochs == 10);
  BOOST_TEST(options.validation == 5000);
  BOOST_TEST(options.seed == 8U);
  BOOST_TEST(options.batch_size == 64);
  BOOST_TEST(options.samples == 11);
  BOOST_TEST(options.training_images == 100);
  BOOST_TEST(options.workers == 10);
  BOOST_TEST(options.computing.threads == 2);
  BOOST_TEST(options.learning_rates == (std::vector{0.01, 0.5}), per_element);
  BOOST_TEST(options.temperature == 10);
  BOOST_TEST(*options.variational.log_alpha == -3);
  BOOST_TEST(options.kl_warm_up == 0.25);
  BOOST_TEST(parse({"--seed", "010"}).options.seed == 10U);
  const Options init = parse({"--task", "init", "--epochs", "010", "020"}).options;
  BOOST_TEST(init.epochs == 10);
  BOOST_TEST(init.second_epochs == 20);
  const CommandLine line =
      parse({"evaluate", "--checkpoint", "a.safetensors", "--samples", "017", "--threads", "010"});
  BOOST_TEST(line.stored.samples == 17);
  BOOST_TEST(line.stored.computing.threads == 10);
}

BOOST_AUTO_TEST_CASE(tasks_take_as_many_values_as_they_train_models) {
  const Options init =
      parse({"--task", "init", "--epochs", "3", "4", "--lr", "1", "2", "--freeze"}).options;
  BOOST_TEST(init.epochs == 3);
  BOOST_TEST(init.second_epochs == 4);
  BOOST_TEST(init.freeze);
  BOOST_TEST(parse({"--task", "init", "--epochs", "3"}).options.second_epochs == 3);
  BOOST_TEST(parse({"--task", "uncert", "--lr", "2"}).options.learning_rates == (std::vector{2.0}),
             per_element);
  BOOST_TEST(parse({"--task", "uncert"}).options.learning_rates == (std::vector{1e-2}),
             per_element);
  BOOST_TEST(parse({"--model", "VGG11"}).options.dataset == "cifar10");
  const Options pretrained =
      parse({"--task", "init", "--pretrained", "a.safetensors", "--epochs", "4", "--lr", "2"})
          .options;
  BOOST_TEST(pretrained.pretrained->string() == "a.safetensors");
  BOOST_TEST(pretrained.epochs == 0);
  BOOST_TEST(pretrained.second_epochs == 4);
  BOOST_TEST(pretrained.learning_rates == (std::vector{2.0}), per_element);
  const Options drawn = parse({"--task", "uncert", "--pretrained", "a.safetensors"}).options;
  BOOST_TEST(drawn.epochs == 0);
  BOOST_TEST(drawn.learning_rates.empty());
}

BOOST_AUTO_TEST_CASE(learning_rates_are_the_recipes_unless_given) {
  BOOST_TEST(parse({"--recipe", "bayetorch"}).options.learning_rates == (std::vector{1e-2, 1e-3}),
             per_element);
  BOOST_TEST(parse({"--lr", "1", "2", "--recipe", "bayetorch"}).options.learning_rates ==
                 (std::vector{1.0, 2.0}),
             per_element);
}

BOOST_AUTO_TEST_CASE(a_normalisation_is_one_that_the_model_takes) {
  using zoo::Norm;
  BOOST_TEST((norm_of({"--model", "ResNet20"}) == Norm::batch));
  BOOST_TEST(
      (norm_of({"--model", "ResNet20", "--norm", "filter-response"}) == Norm::filter_response));
  BOOST_TEST((norm_of({"--model", "ResNet20", "--norm", "none"}) == Norm::none));
  BOOST_TEST((norm_of({"--model", "VGG11", "--no-batch-norm", "--norm", "batch"}) == Norm::batch));
  BOOST_TEST((norm_of({"--model", "MLP"}) == Norm::none));
  BOOST_TEST((norm_of({"summary", "ResNet20"}) == Norm::batch));
  BOOST_TEST((norm_of({"summary", "VGG11"}) == Norm::none));
  BOOST_TEST(
      (norm_of({"summary", "ResNet20", "--norm", "filter-response"}) == Norm::filter_response));
  for (const std::vector<std::string>& refused :
       {std::vector<std::string>{"--model", "MLP", "--batch-norm"},
        {"--model", "VGG11", "--norm", "filter-response"},
        {"summary", "LeNet5", "--norm", "batch"},
        {"--model", "ResNet20", "--norm", "layer"}}) {
    BOOST_TEST(parse(refused).exit_status == 2);
  }
}

BOOST_AUTO_TEST_CASE(the_recipe_decides_what_is_not_given) {
  const Options resnet = parse({"--model", "ResNet20"}).options;
  BOOST_TEST(resnet.epochs == 10);
  BOOST_TEST(resnet.batch_size == 128);
  BOOST_TEST(resnet.dataset == "cifar10");
  BOOST_TEST(parse({"--model", "MLP"}).options.dataset == "mnist");
  const Options vgg = parse({"--model", "VGG11"}).options;
  BOOST_TEST((vgg.norm == zoo::Norm::batch));
  BOOST_TEST(vgg.epochs == 10);
  BOOST_TEST(vgg.batch_size == 128);
  BOOST_TEST(vgg.dataset == "cifar10");
  BOOST_TEST(vgg.learning_rates == (std::vector{1e-3, 1e-3}), per_element);
  BOOST_TEST((norm_of({"--model", "VGG11", "--no-batch-norm"}) == zoo::Norm::none));
  const Options published = parse({"--model", "VGG16", "--recipe", "bayetorch"}).options;
  BOOST_TEST((published.norm == zoo::Norm::none));
  BOOST_TEST(published.epochs == 100);
  BOOST_TEST(published.batch_size == 256);
  BOOST_TEST(published.learning_rates == (std::vector{1e-3, 1e-4}), per_element);
  BOOST_TEST(parse({"--model", "VGG11", "--recipe", "bayetorch"}).options.epochs == 50);
  BOOST_TEST(
      (norm_of({"--model", "VGG11", "--recipe", "bayetorch", "--batch-norm"}) == zoo::Norm::batch));
  const Options init = parse({"--task", "init", "--recipe", "bayetorch"}).options;
  BOOST_TEST(init.epochs == 3);
  BOOST_TEST(init.second_epochs == 3);
  BOOST_TEST(init.learning_rates == (std::vector{1e-3, 1e-3}), per_element);
  BOOST_TEST(!init.variational.log_alpha.has_value());
  BOOST_TEST(*parse({"--task", "init"}).options.variational.log_alpha == -8);
  BOOST_TEST(*parse({"--task", "init", "--log-alpha", "-6"}).options.variational.log_alpha == -6);
  BOOST_TEST(!parse({"--model", "VGG11"}).options.variational.log_alpha.has_value());
}

BOOST_AUTO_TEST_CASE(the_recipe_has_a_posterior_batch_and_average_of_its_own_for_lenet5) {
  const Options options = parse({}).options;
  BOOST_TEST(*options.variational.log_alpha == -8);
  BOOST_TEST(*options.variational.largest_log_alpha == -4);
  BOOST_TEST(options.spread_learning_rate == 10);
  BOOST_TEST(options.average == 0.4);
  BOOST_TEST(options.batch_size == 256);
  BOOST_TEST(*options.bayesian_batch_size == 128);
  BOOST_TEST(*parse({"--batch-size", "64"}).options.bayesian_batch_size == 64);
  BOOST_TEST(parse({"--patience", "3"}).options.average == 0);
  BOOST_TEST(parse({"--patience", "3", "--average", "0.4"}).exit_status == 2);
  // A start that is given comes without the recipe's cap.
  BOOST_TEST(!parse({"--log-alpha", "-3"}).options.variational.largest_log_alpha.has_value());
  // A cap alone leaves the recipe's start.
  const Options capped = parse({"--largest-log-alpha", "-6"}).options;
  BOOST_TEST(*capped.variational.log_alpha == -8);
  BOOST_TEST(*capped.variational.largest_log_alpha == -6);
  BOOST_TEST(!parse({"--posterior", "gaussian"}).options.variational.log_alpha.has_value());
}

BOOST_AUTO_TEST_CASE(activation_and_warm_up_are_read) {
  const Options options = parse({"--activation", "softplus:10", "--kl-warm-up", "0.5"}).options;
  BOOST_TEST((options.activation == nn::Activation::softplus(10)));
  BOOST_TEST(options.kl_warm_up == 0.5);
  BOOST_TEST((parse({"--activation", "leaky_relu(slope = 0.1)"}).options.activation ==
              nn::Activation::leaky_relu(0.1)));
  BOOST_TEST(!parse({}).options.activation.has_value());
}

BOOST_AUTO_TEST_CASE(what_the_bayesian_family_is_trained_with_is_read) {
  const Options options =
      parse({"--kl-delay", "0.5", "--kl-warm-up", "0.25", "--samples-per-step", "2", "--spread-lr",
             "10", "--largest-log-alpha", "-4", "--average", "0.4"})
          .options;
  BOOST_TEST(options.kl_delay == 0.5);
  BOOST_TEST(options.samples_per_step == 2);
  BOOST_TEST(options.spread_learning_rate == 10);
  BOOST_TEST(options.average == 0.4);
  BOOST_TEST(*options.variational.largest_log_alpha == -4);
}

BOOST_AUTO_TEST_CASE(a_chain_of_layers_can_have_other_widths) {
  BOOST_TEST(parse({}).options.widths.empty());
  BOOST_TEST(parse({"--widths", "20,50,500,84"}).options.widths ==
                 (std::vector<std::int64_t>{20, 50, 500, 84}),
             per_element);
  BOOST_TEST(parse({"--model", "MLP", "--widths=400,400"}).options.widths ==
                 (std::vector<std::int64_t>{400, 400}),
             per_element);
  BOOST_TEST(
      parse({"--widths", "20,50,500"}).options.widths == (std::vector<std::int64_t>{20, 50, 500}),
      per_element);
  for (const std::vector<std::string>& refused : {std::vector<std::string>{"--widths", "20,50"},
                                                  {"--widths", "20,50,500,84,3"},
                                                  {"--model", "MLP", "--widths", "400"},
                                                  {"--widths", "20,50,0,84"},
                                                  {"--widths", "20,50,,84"},
                                                  {"--widths", ""},
                                                  {"--model", "ResNet20", "--widths", "16"},
                                                  {"--task", "regress", "--widths", "16"}}) {
    BOOST_TEST(parse(refused).exit_status == 2);
  }
}

BOOST_AUTO_TEST_CASE(shift_and_mirror_replace_those_of_the_recipe) {
  const auto check = [](const std::vector<std::string>& arguments, std::int64_t channels,
                        std::int64_t shift, bool mirror) {
    const data::Transform found = training_transform(parse(arguments).options, channels);
    BOOST_TEST((found.random_crop ? found.random_crop->padding : 0) == shift);
    BOOST_TEST(found.horizontal_flip.has_value() == mirror);
  };
  check({}, 1, 1, false);
  check({"--recipe", "bayetorch"}, 1, 0, false);
  check({"--shift", "2", "--mirror"}, 1, 2, true);
  check({"--shift", "0"}, 1, 0, false);
  check({"--model", "VGG11"}, 3, 4, true);
  check({"--model", "VGG11", "--recipe", "bayetorch"}, 3, 4, true);
  check({"--model", "VGG11", "--shift", "0", "--no-mirror"}, 3, 0, false);
  BOOST_TEST(parse({"--mirror", "--no-mirror"}).exit_status == 2);
  BOOST_TEST(parse({"--shift", "-1"}).exit_status == 2);
}

BOOST_AUTO_TEST_CASE(options_may_be_spelled_with_underscores) {
  const Options options = parse({"--batch_size", "3", "--n_workers=0", "--data_dir=my_data/the_set",
                                 "--training_images", "5", "--out", "under_score", "--no_progress"})
                              .options;
  BOOST_TEST(options.batch_size == 3);
  BOOST_TEST(options.workers == 0);
  BOOST_TEST(options.training_images == 5);
  BOOST_TEST(!options.progress);
  // Values are not changed.
  BOOST_TEST(options.data_dir->string() == "my_data/the_set");
  BOOST_TEST(options.out->string() == "under_score");
}

BOOST_AUTO_TEST_CASE(download_is_an_action_of_its_own) {
  const CommandLine line = parse({"download", "fashion-mnist", "--data_dir", "some_where"});
  BOOST_TEST((line.action == CommandLine::Action::download));
  BOOST_TEST(line.download_dataset == "fashion-mnist");
  BOOST_TEST(line.options.data_dir->string() == "some_where");
  BOOST_TEST(!parse({"download", "mnist"}).options.data_dir.has_value());
}

BOOST_AUTO_TEST_CASE(predict_reads_a_checkpoint_and_pictures) {
  const CommandLine line = parse({"predict", "--checkpoint", "a.safetensors", "one.png", "--invert",
                                  "--samples", "50", "--json", "-", "two_2.png"});
  BOOST_TEST((line.action == CommandLine::Action::predict));
  const StoredModelOptions& stored = line.stored;
  BOOST_TEST(stored.checkpoint.string() == "a.safetensors");
  BOOST_TEST(stored.pictures == (std::vector<std::filesystem::path>{"one.png", "two_2.png"}),
             per_element);
  BOOST_TEST(stored.invert);
  BOOST_TEST(stored.samples == 50);
  BOOST_TEST(*stored.json == "-");
  BOOST_TEST(stored.model == "");
  BOOST_TEST(!stored.family.has_value());
  BOOST_TEST(!stored.activation.has_value());
}

BOOST_AUTO_TEST_CASE(image_folders_and_backgrounds_are_read) {
  const Options options =
      parse({"--dataset", "image-folder", "--data-dir", "pets", "--classes", "zebra,cat,big dog"})
          .options;
  BOOST_TEST(options.dataset == "image-folder");
  BOOST_TEST(options.classes == (std::vector<std::string>{"zebra", "cat", "big dog"}), per_element);
  BOOST_TEST(parse({}).options.classes.empty());
  const auto background = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"predict", "--checkpoint", "a.safetensors", "one.png"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return parse(arguments).stored.background;
  };
  BOOST_TEST((background({}) == data::Colour{255, 255, 255}));
  BOOST_TEST((background({"--background", "#0A141E"}) == data::Colour{10, 20, 30}));
}

BOOST_AUTO_TEST_CASE(evaluate_reads_what_a_file_does_not_say) {
  const CommandLine line =
      parse({"evaluate", "--checkpoint", "a.safetensors", "--model", "VGG11", "--family",
             "bayesian", "--activation", "softplus:10", "--dataset", "cifar10", "--data_dir",
             "my_data", "--threads", "2"});
  BOOST_TEST((line.action == CommandLine::Action::evaluate));
  const StoredModelOptions& stored = line.stored;
  BOOST_TEST(stored.model == "VGG11");
  BOOST_TEST((stored.family == Family::bayesian));
  BOOST_TEST((stored.activation == nn::Activation::softplus(10)));
  BOOST_TEST(stored.dataset == "cifar10");
  BOOST_TEST(stored.data_dir->string() == "my_data");
  BOOST_TEST(stored.computing.threads == 2);
  BOOST_TEST(stored.samples == 15);
}

BOOST_AUTO_TEST_CASE(rules_of_a_key_map_are_split_at_their_last_equals_sign) {
  const CommandLine line = parse(
      {"predict", "--checkpoint", "a", "--key-map", "^a(?=b)=c", "--key-map", "d$=", "p.png"});
  const std::vector<io::KeyRule>& rules = line.stored.key_map.rules();
  BOOST_TEST_REQUIRE(rules.size() == 2U);
  BOOST_TEST(rules[0].pattern == "^a(?=b)");
  BOOST_TEST(rules[0].replacement == "c");
  BOOST_TEST(line.stored.key_map("abd") == "cb");
  BOOST_TEST(line.stored.pictures.size() == 1U);
  const Options options =
      parse({"--task", "init", "--pretrained", "a", "--key-map", "module.="}).options;
  BOOST_TEST(options.key_map("module.fc") == "fc");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::benchmarks
