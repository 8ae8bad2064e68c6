using Akka.ClusterAdapter.Tool;

return CommandLine.Run(args, Console.Out, Console.Error);
