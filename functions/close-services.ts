import { app } from '@azure/functions';
import { closeServices } from '../shared/services';

/** Before the worker ends: worker threads finish what they do (the host grants five seconds), sessions are released. */
app.hook.appTerminate(closeServices);
