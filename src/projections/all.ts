/** Every area's projection, in the order in which they answer to an event. */
import { ProjectionSet } from './fold.ts';
import { products } from './products.ts';
import { rewards } from './rewards.ts';
import { token } from './token.ts';

export const allProjections = new ProjectionSet([products, token, rewards]);
