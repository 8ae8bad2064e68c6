using Akka.ClusterAdapter.Faults.Differential;
using Akka.ClusterAdapter.Faults.Fuzz;
using Akka.ClusterAdapter.Faults.Races;
using Akka.ClusterAdapter.Faults.Soak;
using Akka.ClusterAdapter.Faults.Soak.Nodes;

return args switch
{
    ["differential", ..] => await DifferentialRun.MainAsync(args[1..]),
    ["fuzz", ..] => FuzzRun.Run(args[1..], Coverage.OfLibrary()),
    ["races", ..] => RaceRun.Run(args[1..]),
    ["soak", ..] => await SoakRun.MainAsync(args[1..]),
    ["soak-node", ..] => await NodeProgram.RunAsync(args[1..]),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Faults differential SECONDS [SEED]");
    Console.Error.WriteLine("Faults fuzz SECONDS|COUNTx [SEED [TARGET,…]]");
    Console.Error.WriteLine("Faults races [INTERLEAVINGS [SEED [SUBJECT,…]]]");
    Console.Error.WriteLine("Faults soak MINUTES [SEED [CLIENTS [KIND,…]]]");
    return 2;
}
