using Akka.ClusterAdapter.Faults.Differential;
using Akka.ClusterAdapter.Faults.Fuzz;

return args switch
{
    ["differential", ..] => await DifferentialRun.MainAsync(args[1..]),
    ["fuzz", ..] => FuzzRun.Run(args[1..], Coverage.OfLibrary()),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Faults differential SECONDS [SEED]");
    Console.Error.WriteLine("Faults fuzz SECONDS|COUNTx [SEED [TARGET,…]]");
    return 2;
}
