// What one instance of each size can hold. Sessions and workers together stay under two thirds of its memory:
// the host, the worker process and the requests in flight take the rest.

@export()
@description('Cores and budgets by instance size.')
type size = {
  @description('Cores of the instance: worker threads, and batch activities at once.')
  cores: int

  @description('Memory of the instance, MiB.')
  memoryMiB: int

  @description('Loaded models of online scoring, MiB.')
  sessionBudgetMiB: int

  @description('Loaded models of each worker thread, MiB.')
  workerBudgetMiB: int
}

@export()
@description('Sizes by the name of the plan’s own size.')
var sizes = {
  EP1: { cores: 1, memoryMiB: 3584, sessionBudgetMiB: 1536, workerBudgetMiB: 512 }
  EP2: { cores: 2, memoryMiB: 7168, sessionBudgetMiB: 3072, workerBudgetMiB: 768 }
  EP3: { cores: 4, memoryMiB: 14336, sessionBudgetMiB: 6144, workerBudgetMiB: 768 }
  '512': { cores: 1, memoryMiB: 512, sessionBudgetMiB: 64, workerBudgetMiB: 64 }
  '2048': { cores: 1, memoryMiB: 2048, sessionBudgetMiB: 768, workerBudgetMiB: 384 }
  '4096': { cores: 2, memoryMiB: 4096, sessionBudgetMiB: 1536, workerBudgetMiB: 512 }
  'Consumption-GPU-NC8as-T4': { cores: 8, memoryMiB: 57344, sessionBudgetMiB: 16384, workerBudgetMiB: 2048 }
  'Consumption-GPU-NC24-A100': { cores: 24, memoryMiB: 225280, sessionBudgetMiB: 65536, workerBudgetMiB: 2048 }
}
