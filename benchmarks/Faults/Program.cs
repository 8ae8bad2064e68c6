using Akka.ClusterAdapter.Faults.Differential;
using Akka.ClusterAdapter.Faults.Fuzz;
using Akka.ClusterAdapter.Faults.Races;

return args switch
{
    ["differential", ..] => await DifferentialRun.MainAsync(args[1..]),
    ["fuzz", ..] => FuzzRun.Run(args[1..], Coverage.OfLibrary()),
    ["races", ..] => RaceRun.Run(args[1..]),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Faults differential SECONDS [SEED]");
    Console.Error.WriteLine("Faults fuzz SECONDS|COUNTx [SEED [TARGET,…]]");
    Console.Error.WriteLine("Faults races [INTERLEAVINGS [SEED [SUBJECT,…]]]");
    return 2;
}
